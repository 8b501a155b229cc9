# DUMP, RESTORE, RESTORE-ASKING. What real servers dump and restore is compared in tests/dump.rs.

@case DUMP
> DUMP missing
< nil
> SET k hello
< +OK
> DUMP k
< "\x00\x05hello\x0a\x00cr\xdfve4 \x0a"
> SET n 12
< +OK
> DUMP n
< "\x00\xc0\x0c\x0a\x00<*\xf8Q\x5c\x04\xbc\xd5"
> SET n -30000
< +OK
> DUMP n
< "\x00\xc1\xd0\x8a\x0a\x00\xd5|\xb0\x19\xa3\xf8]\x10"
> SET n 2000000000
< +OK
> DUMP n
< "\x00\xc2\x00\x945w\x0a\x00B\x12(\xd8\xe0s\xc0\x87"
> SET n 20000000000
< +OK
> DUMP n
< "\x00\x0b20000000000\x0a\x00\xa9\xf3)\xdc\xc4HMP"
> SET e ""
< +OK
> DUMP e
< "\x00\x00\x0a\x00]\x9b\x5c@\x0f\x7f\xa2\xda"
> HSET h a 1
< :1
> SADD s 1 2
< :2
> DUMP s
< "\x0b\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x02\x00\x0a\x00oy8\xb14\xeb ."
> ZADD z 1 a
< :1
> DUMP z
< ?
> RPUSH l a b
< :2
> DUMP l
< ?
> XADD x 1-1 f v
< "1-1"
> DUMP x
< ?
> DUMP
< !"ERR wrong number of arguments for 'dump' command"
> DUMP a b
< !"ERR wrong number of arguments for 'dump' command"

@case RESTORE
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a"
< +OK
> GET k
< "hello"
> PTTL k
< :-1
> OBJECT ENCODING k
< "embstr"
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a"
< !"BUSYKEY Target key name already exists."
> SET k other EX 100
< +OK
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" replace
< +OK
> GET k
< "hello"
> TTL k
< :-1
> RESTORE k 100000 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< +OK
> PTTL k
< :90000..100000
> RESTORE k 99999999999999 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE ABSTTL
< +OK
> PEXPIRETIME k
< :99999999999999
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE ABSTTL
< +OK
> PEXPIRETIME k
< :-1
> RPUSH l a
< :1
> RESTORE l 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< +OK
> TYPE l
< +string
> RESTORE n 0 "\x00\x03123\x0a\x00N\x87\x99p\x01T\x87s"
< +OK
> OBJECT ENCODING n
< "int"
> RESTORE raw 0 "\x00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\x0a\x00\x03\x01e\xe9h\xa5<\x85"
< +OK
> OBJECT ENCODING raw
< "raw"

@case RESTORE with a time that has passed
> RESTORE k 1000 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" ABSTTL
< +OK
> EXISTS k
< :0
> SET k 1
< +OK
> RESTORE k 1000 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE ABSTTL
< +OK
> EXISTS k
< :0
> SET k 1
< +OK
> RESTORE k 9223372036854775807 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< +OK
> EXISTS k
< :0
> RESTORE k 9223372036854775807 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" ABSTTL
< +OK
> PEXPIRETIME k
< :9223372036854775807

@case RESTORE has errors in their order
> RESTORE
< !"ERR wrong number of arguments for 'restore' command"
> RESTORE k 0
< !"ERR wrong number of arguments for 'restore' command"
> SET k 1
< +OK
> RESTORE k -1 bad
< !BUSYKEY
> RESTORE k x bad
< !BUSYKEY
> RESTORE k x bad FOO
< !"ERR syntax error"
> RESTORE k x bad REPLACE
< !"ERR value is not an integer or out of range"
> RESTORE k -1 bad REPLACE
< !"ERR Invalid TTL value, must be >= 0"
> RESTORE k 0 bad REPLACE
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE new 0 ""
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE k 0 bad IDLETIME
< !"ERR syntax error"
> RESTORE k 0 bad FREQ
< !"ERR syntax error"
> RESTORE k 0 bad IDLETIME x
< !"ERR value is not an integer or out of range"
> RESTORE k 0 bad IDLETIME -1
< !"ERR Invalid IDLETIME value, must be >= 0"
> RESTORE k 0 bad FREQ x
< !"ERR value is not an integer or out of range"
> RESTORE k 0 bad FREQ -1
< !"ERR Invalid FREQ value, must be >= 0 and <= 255"
> RESTORE k 0 bad FREQ 256
< !"ERR Invalid FREQ value, must be >= 0 and <= 255"
> RESTORE k 0 bad FREQ 5 IDLETIME 5
< !"ERR syntax error"
> RESTORE k 0 bad IDLETIME 5 FREQ 5
< !"ERR syntax error"
> RESTORE k 0 bad FREQ 255
< !BUSYKEY
> RESTORE k 0 bad IDLETIME 1 IDLETIME 2
< !BUSYKEY
> GET k
< "1"

@case RESTORE looks at what it is given
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 x" REPLACE
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE k 0 "hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE k 0 "\x00\x05hello\x0d\x00\xc1\xdbV\xc5b\x81W\xca" REPLACE
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE k 0 "\x00\x05hello\xff\xff\xe6\xa3\xe8\xe7>>%\xa8" REPLACE
< !"ERR DUMP payload version or checksum are wrong"
> RESTORE k 0 "\x00\x05hello\x00\x00>\xe9\x836jK\x82\xd0" REPLACE
< +OK
> RESTORE k 0 "\x00\x05hello\x06\x00\xf5\x9f\xb7\xf6\x90a\x1c\x99" REPLACE
< +OK
> RESTORE k 0 "\x00\x05hello!\x0a\x00n\xae\xddR\xfe\x88\xf5\xdc" REPLACE
< +OK
> RESTORE k 0 "\x0a\x00]\x9b\x5c@\x0f\x7f\xa2\xda" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x00\x0a\x00]\x9b\x5c@\x0f\x7f\xa2\xda" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x08\x00\x0a\x00\xc1\xce\xc9A^\xa5\xcd\x10" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "U\x00\x0a\x00\x5c\xad\x89\xc8\xd6oZ$" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x06\x00\x0a\x00\xf4d\xf3\x80\xb3d\x0e\x8d" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x07\x81\x124Vx\x124Vx\x00\x0a\x00\xcfLH\x17\xcbA\x82\x89" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x01\x00\x0a\x00[\xf8%\xccl\x17CV" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x02\x00\x0a\x00:\xce9\x00\x9b\x899\xe8" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x04\x00\x0a\x00\x931\x96\xc0'\x92\x95\xbf" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x05\x00\x0a\x00\x95R\xefLD\xfat3" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x12\x00\x0a\x00i\xf6\x84[j\x1b\xbfW" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x02\x02\x01a\x01a\x0a\x00W\xbev/\xc2\xd6R:" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x03\x01\x01b\xfd\x0a\x00\xb2\xa5{\x85\x1dADk" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x03\x01\x01b\x03abc\x0a\x00\xe8\xc4F[\xae\xaeYj" REPLACE
< !"ERR Bad data format"
> RESTORE k 0 "\x03\x01\x01b\x00\x0a\x001\x94\xb5\x1d`\x9d\xa7e" REPLACE
< !"ERR Bad data format"
> GET k
< "hello"

@case RESTORE of a version of Redis 8
@since 8.0
> RESTORE k 0 "\x00\x05hello\x0c\x00\xa8\x04\xeb\xb6\x9f\x1e\xbeC"
< +OK
> RESTORE k 0 "\x00\x05hello\x0b\x00\x0a\xadb\x05\x98\xab\xc9\x83" REPLACE
< +OK
> RESTORE k 0 "\x00\x05hello\x0d\x00\xc1\xdbV\xc5b\x81W\xca" REPLACE
< !"ERR DUMP payload version or checksum are wrong"

@case RESTORE tells how the key was used
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" IDLETIME 1000
< +OK
> OBJECT IDLETIME k
< :1000..1005
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE FREQ 9
< +OK
> OBJECT IDLETIME k
< :0..5
> CONFIG SET maxmemory-policy allkeys-lfu
< +OK
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE FREQ 200
< +OK
> OBJECT FREQ k
< :200
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< +OK
> OBJECT FREQ k
< :5
> RESTORE k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE IDLETIME 7
< +OK
> OBJECT FREQ k
< :5

@case RESTORE-ASKING
> RESTORE-ASKING k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a"
< +OK
> RESTORE-ASKING k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a"
< !BUSYKEY
> RESTORE-ASKING k 0 "\x00\x05hello\x0a\x00cr\xdfve4 \x0a" REPLACE
< +OK
> GET k
< "hello"
> RESTORE-ASKING k 0
< !"ERR wrong number of arguments for 'restore-asking' command"

@case RESTORE of every type
> RESTORE l 0 "\x01\x02\x01a\xc0\x05\x0a\x00G\xa3w\x89\xf0\xcf\xbb\x97"
< +OK
> LRANGE l 0 -1
< *2 "a" "5"
> RESTORE s 0 "\x02\x02\x011\xc0\x02\x0a\x00N\x17\xa9\x14\xc8\xcf`\xde"
< +OK
> OBJECT ENCODING s
< "intset"
> RESTORE z 0 "\x05\x02\x01b\x00\x00\x00\x00\x00\x00\x08@\x01a\x00\x00\x00\x00\x00\x00\x00@\x0a\x00\xabS+\x81}\xebH{"
< +OK
> ZRANGE z 0 -1
< *2 "a" "b"
> RESTORE z 0 "\x03\x02\x01b\x033.5\x01a\xfe\x0a\x00\xd3\x0b\xd1U{{\xbe\xff" REPLACE
< +OK
> ZRANGE z 0 -1
< *2 "b" "a"
> RESTORE h 0 "\x04\x01\x01a\x01b\x0a\x00p\xcdE\xb7\xbc\xe5\x88:"
< +OK
> HGET h a
< "b"
> OBJECT ENCODING h
< "listpack"
