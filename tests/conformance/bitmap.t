# Bits: GETBIT, SETBIT, BITCOUNT, BITPOS, BITOP, BITFIELD, BITFIELD_RO.

@case GETBIT
> SET k "\x01\x80"
< +OK
> GETBIT k 0
< :0
> GETBIT k 7
< :1
> GETBIT k 8
< :1
> GETBIT k 9
< :0
> GETBIT k 100
< :0
> GETBIT missing 0
< :0
> SET i 12
< +OK
> GETBIT i 2
< :1
> GETBIT i 3
< :1

@case GETBIT errors
> GETBIT
< !"ERR wrong number of arguments for 'getbit' command"
> GETBIT k
< !"ERR wrong number of arguments for 'getbit' command"
> GETBIT k 0 1
< !"ERR wrong number of arguments for 'getbit' command"
> GETBIT k -1
< !"ERR bit offset is not an integer or out of range"
> GETBIT k abc
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 1.5
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 010
< !"ERR bit offset is not an integer or out of range"
> GETBIT k #1
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 4294967295
< :0
> GETBIT k 4294967296
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 2147483648
< :0
> GETBIT k 9223372036854775807
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 9223372036854775808
< !"ERR bit offset is not an integer or out of range"
> GETBIT k -9223372036854775808
< !"ERR bit offset is not an integer or out of range"
> ZADD z 1 a
< :1
> GETBIT z 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GETBIT z x
< !"ERR bit offset is not an integer or out of range"

@case SETBIT
> SETBIT k 7 1
< :0
> GET k
< "\x01"
> SETBIT k 7 1
< :1
> SETBIT k 7 0
< :1
> GET k
< "\x00"
> SETBIT k 23 0
< :0
> GET k
< "\x00\x00\x00"
> SETBIT k 22 1
< :0
> GET k
< "\x00\x00\x02"
> STRLEN k
< :3

@case SETBIT keeps the expiry and changes the encoding
> SET k hello
< +OK
> EXPIREAT k 33177117420
< :1
> OBJECT ENCODING k
< "embstr"
> SETBIT k 0 0
< :0
> OBJECT ENCODING k
< "raw"
> EXPIRETIME k
< :33177117420
> GET k
< "hello"
> SET i 12
< +OK
> SETBIT i 6 1
< :0
> GET i
< "32"
> OBJECT ENCODING i
< "raw"
> SET i 12
< +OK
> SETBIT i 7 1
< :1
> OBJECT ENCODING i
< "raw"

@case SETBIT errors
> SETBIT
< !"ERR wrong number of arguments for 'setbit' command"
> SETBIT k 0
< !"ERR wrong number of arguments for 'setbit' command"
> SETBIT k 0 1 2
< !"ERR wrong number of arguments for 'setbit' command"
> SETBIT k 0 2
< !"ERR bit is not an integer or out of range"
> SETBIT k 0 -1
< !"ERR bit is not an integer or out of range"
> SETBIT k 0 x
< !"ERR bit is not an integer or out of range"
> SETBIT k x 2
< !"ERR bit offset is not an integer or out of range"
> SETBIT k -1 1
< !"ERR bit offset is not an integer or out of range"
> SETBIT k 4294967296 1
< !"ERR bit offset is not an integer or out of range"
> SETBIT k 4294967296 x
< !"ERR bit offset is not an integer or out of range"
> SETBIT k 9223372036854775807 1
< !"ERR bit offset is not an integer or out of range"
> SETBIT k -9223372036854775808 1
< !"ERR bit offset is not an integer or out of range"
> SETBIT k 9223372036854775808 1
< !"ERR bit offset is not an integer or out of range"
> EXISTS k
< :0
> ZADD z 1 a
< :1
> SETBIT z 0 1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> SETBIT z 0 2
< !"ERR bit is not an integer or out of range"

@case SETBIT up to proto-max-bulk-len
> CONFIG SET proto-max-bulk-len 1048576
< +OK
> SETBIT k 8388607 1
< :0
> STRLEN k
< :1048576
> SETBIT k 8388608 1
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 8388607 GET u8 8388608
< !"ERR bit offset is not an integer or out of range"
> GETBIT k 8388608
< !"ERR bit offset is not an integer or out of range"
> BITCOUNT k
< :1
> BITPOS k 1
< :8388607

@case BITCOUNT
> SET k foobar
< +OK
> BITCOUNT k
< :26
> BITCOUNT k 0 0
< :4
> BITCOUNT k 1 1
< :6
> BITCOUNT k 1 -1
< :22
> BITCOUNT k -2 -1
< :7
> BITCOUNT k 0 100
< :26
> BITCOUNT k 5 30 BIT
< :17
> BITCOUNT k 5 -10 bit
< :19
> BITCOUNT k 1 1 BYTE
< :6
> BITCOUNT k -3 -5
< :0
> BITCOUNT k -100 -99
< :4
> BITCOUNT k -99 -100
< :0
> BITCOUNT k 6 10
< :0
> BITCOUNT k 10 6
< :0
> BITCOUNT k 5 5 BIT
< :1
> BITCOUNT k -1 -1 BIT
< :0
> BITCOUNT missing
< :0
> BITCOUNT missing 0 1 BIT
< :0
> SET e ""
< +OK
> BITCOUNT e
< :0
> BITCOUNT e 0 -1
< :0
> SET i 12
< +OK
> BITCOUNT i
< :6
> SETBIT long 39999 0
< :0
> BITOP NOT long long
< :5000
> BITCOUNT long
< :40000
> BITCOUNT long 3 -4 BIT
< :39994
> BITCOUNT long 1 -2
< :39984

@case BITCOUNT errors
> SET k foobar
< +OK
> BITCOUNT
< !"ERR wrong number of arguments for 'bitcount' command"
> BITCOUNT k 0
< !"ERR syntax error"
> BITCOUNT k 0 1 BAD
< !"ERR syntax error"
> BITCOUNT k 0 1 BIT x
< !"ERR syntax error"
> BITCOUNT k x 1
< !"ERR value is not an integer or out of range"
> BITCOUNT k 0 x
< !"ERR value is not an integer or out of range"
> BITCOUNT k x 1 BAD
< !"ERR value is not an integer or out of range"
> BITCOUNT k 0 x BAD
< !"ERR value is not an integer or out of range"
> BITCOUNT k -1 -2 BAD
< :0
> BITCOUNT k 0 9223372036854775808
< !"ERR value is not an integer or out of range"
> BITCOUNT k -9223372036854775808 9223372036854775807
< :26
> BITCOUNT k -9223372036854775808 9223372036854775807 BIT
< :26
> BITCOUNT k 9223372036854775807 -9223372036854775808
< :0
> BITCOUNT k 2147483648 4294967296
< :0
> BITCOUNT k -2147483649 -4294967296 BIT
< :0
# of an absent key the range is not read
> BITCOUNT missing x 1
< :0
> BITCOUNT missing 0
< :0
> BITCOUNT missing 0 1 BAD
< :0
> ZADD z 1 a
< :1
> BITCOUNT z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITCOUNT z 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case BITPOS
> SET k "\xff\xf0\x00"
< +OK
> BITPOS k 0
< :12
> BITPOS k 1
< :0
> BITPOS k 1 2
< :-1
> BITPOS k 1 1
< :8
> BITPOS k 0 0 0
< :-1
> BITPOS k 0 0 -1
< :12
> BITPOS k 1 -1 -1
< :-1
> BITPOS k 0 7 15 BIT
< :12
> BITPOS k 1 7 15 BIT
< :7
> BITPOS k 1 12 23 BIT
< :-1
> BITPOS k 1 -100 -90
< :0
> BITPOS k 1 -90 -100 BIT
< :0
> BITPOS k 1 5
< :-1
> BITPOS k 0 5
< :-1
> BITPOS k 1 2 1
< :-1
> SET f "\xff\xff\xff"
< +OK
> BITPOS f 0
< :24
> BITPOS f 0 2
< :24
> BITPOS f 0 3
< :-1
> BITPOS f 0 0 -1
< :-1
> BITPOS f 0 0 100
< :-1
> BITPOS f 0 0 100 BIT
< :-1
> SET z "\x00\x00"
< +OK
> BITPOS z 1
< :-1
> BITPOS z 1 0 -1
< :-1
> BITPOS z 0
< :0
> BITPOS missing 0
< :0
> BITPOS missing 1
< :-1
> BITPOS missing 0 5 6
< :0
> SET e ""
< +OK
> BITPOS e 0
< :-1
> BITPOS e 1
< :-1
> BITPOS e 0 0 -1
< :-1
> SETBIT long 80007 0
< :0
> SETBIT long 40007 1
< :0
> BITPOS long 1
< :40007
> BITPOS long 1 5001
< :-1
> BITPOS long 0 40007 -1 BIT
< :40008

@case BITPOS errors
> SET k foobar
< +OK
> BITPOS
< !"ERR wrong number of arguments for 'bitpos' command"
> BITPOS k
< !"ERR wrong number of arguments for 'bitpos' command"
> BITPOS k 2
< !"ERR The bit argument must be 1 or 0."
> BITPOS k -1
< !"ERR The bit argument must be 1 or 0."
> BITPOS k x
< !"ERR value is not an integer or out of range"
> BITPOS k 9223372036854775808
< !"ERR value is not an integer or out of range"
> BITPOS k 1 x
< !"ERR value is not an integer or out of range"
> BITPOS k 1 0 x
< !"ERR value is not an integer or out of range"
> BITPOS k 2 x
< !"ERR The bit argument must be 1 or 0."
> BITPOS k 1 0 1 BAD
< !"ERR syntax error"
> BITPOS k 1 x 1 BAD
< !"ERR value is not an integer or out of range"
> BITPOS k 1 0 x BAD
< !"ERR syntax error"
> BITPOS k 1 0 BIT
< !"ERR value is not an integer or out of range"
> BITPOS k 1 0 1 BIT x
< !"ERR syntax error"
> BITPOS k 1 -9223372036854775808 9223372036854775807
< :1
> BITPOS k 0 -9223372036854775808 9223372036854775807 BIT
< :0
> BITPOS k 1 9223372036854775807
< :-1
> BITPOS k 1 2147483648 4294967296 BIT
< :-1
> BITPOS missing 2
< !"ERR The bit argument must be 1 or 0."
> BITPOS missing 1 x
< :-1
> ZADD z 1 a
< :1
> BITPOS z 1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITPOS z 2
< !"ERR The bit argument must be 1 or 0."
> BITPOS z 1 x
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case BITOP
> SET a abc
< +OK
> SET b "\xff\x0f"
< +OK
> SET i 123
< +OK
> BITOP AND d a b
< :3
> GET d
< "a\x02\x00"
> OBJECT ENCODING d
< "raw"
> BITOP or d a b
< :3
> GET d
< "\xffoc"
> BITOP XOR d a b missing
< :3
> GET d
< "\x9emc"
> BITOP NOT d a
< :3
> GET d
< "\x9e\x9d\x9c"
> BITOP AND d a
< :3
> GET d
< "abc"
> BITOP AND d a missing
< :3
> GET d
< "\x00\x00\x00"
> BITOP OR d i a
< :3
> GET d
< "qrs"
> BITOP NOT a a
< :3
> GET a
< "\x9e\x9d\x9c"
> BITOP XOR a a a
< :3
> GET a
< "\x00\x00\x00"
> SET long "\{2000*a}"
< +OK
> SET longer "\{3000*b}"
< +OK
> BITOP XOR d long longer
< :3000
> STRLEN d
< :3000
> GETRANGE d 1999 2000
< "\x03b"
> BITOP AND d longer b
< :3000
> BITCOUNT d
< :4

@case BITOP and its target
> SET a abc EX 1000
< +OK
> SET d old EX 1000
< +OK
> BITOP OR d a
< :3
> TTL d
< :-1
> BITOP OR d missing missing2
< :0
> EXISTS d
< :0
> BITOP NOT d missing
< :0
> ZADD z 1 a
< :1
> BITOP AND z a
< :3
> TYPE z
< +string
> ZADD y 1 a
< :1
> BITOP AND y missing
< :0
> EXISTS y
< :0

@case BITOP errors
> SET a abc
< +OK
> ZADD z 1 a
< :1
> BITOP
< !"ERR wrong number of arguments for 'bitop' command"
> BITOP AND
< !"ERR wrong number of arguments for 'bitop' command"
> BITOP AND d
< !"ERR wrong number of arguments for 'bitop' command"
> BITOP BAD d a
< !"ERR syntax error"
> BITOP "" d a
< !"ERR syntax error"
> BITOP ANDX d a
< !"ERR syntax error"
> BITOP NOT d a a
< !"ERR BITOP NOT must be called with a single source key."
> BITOP NOT d a z
< !"ERR BITOP NOT must be called with a single source key."
> BITOP NOT d z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITOP AND d a z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITOP BAD d z
< !"ERR syntax error"
> EXISTS d
< :0

@case BITFIELD
> BITFIELD k
< *0
> EXISTS k
< :0
> BITFIELD k SET u8 0 255 GET u8 0 GET i8 0 GET u4 4 GET i5 3
< *5 :0 :255 :-1 :15 :-1
> BITFIELD k INCRBY u8 0 1 INCRBY i5 100 1 GET u4 0
< *3 :0 :1 :0
> STRLEN k
< :14
> BITFIELD k SET u8 #2 66 GET u8 16 GET u4 #5
< *3 :0 :66 :2
> GETRANGE k 2 2
< "B"
> BITFIELD k GET i64 100000 GET u63 4294967232
< *2 :0 :0
> BITFIELD missing GET u8 0 GET i64 64
< *2 :0 :0
> EXISTS missing
< :0
> BITFIELD k set i64 0 -1 get i64 0 get u63 1
< *3 :72567767433216 :-1 :9223372036854775807
> BITFIELD k SET i64 0 0 INCRBY i64 0 9223372036854775807 INCRBY i64 0 1
< *3 :-1 :9223372036854775807 :-9223372036854775808
> BITFIELD k SET u1 7 1 GET u1 7 SET i1 7 0 GET i1 7
< *4 :0 :1 :-1 :0

@case BITFIELD OVERFLOW
> BITFIELD k SET u8 0 250
< *1 :0
> BITFIELD k INCRBY u8 0 10
< *1 :4
> BITFIELD k OVERFLOW SAT INCRBY u8 0 255
< *1 :255
> BITFIELD k OVERFLOW SAT INCRBY u8 0 -256
< *1 :0
> BITFIELD k OVERFLOW FAIL INCRBY u8 0 256 INCRBY u8 0 255 INCRBY u8 0 1
< *3 nil :255 nil
> BITFIELD k OVERFLOW FAIL SET u8 0 256 OVERFLOW WRAP SET u8 0 256 GET u8 0
< *3 nil :255 :0
> BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0
< *2 :0 :255
> BITFIELD k OVERFLOW SAT SET i8 0 128 GET i8 0
< *2 :-1 :127
> BITFIELD k OVERFLOW SAT SET i8 0 -129 GET i8 0
< *2 :127 :-128
> BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0
< *2 :-128 :127
> BITFIELD k SET i8 0 128 GET i8 0
< *2 :127 :-128
> BITFIELD k OVERFLOW SAT SET u63 0 -1 GET u63 0
< *2 :4611686018427387904 :9223372036854775807
> BITFIELD k OVERFLOW SAT INCRBY i64 64 9223372036854775807 INCRBY i64 64 1 INCRBY i64 64 -9223372036854775808 INCRBY i64 64 -9223372036854775808
< *4 :9223372036854775807 :9223372036854775807 :-1 :-9223372036854775808
> BITFIELD k overflow sat
< *0
> BITFIELD new OVERFLOW FAIL INCRBY u2 102 5
< *1 nil
> STRLEN new
< :13

@case BITFIELD keeps the expiry and changes the encoding
> SET k hello
< +OK
> EXPIREAT k 33177117420
< :1
> BITFIELD k GET u8 0
< *1 :104
> OBJECT ENCODING k
< "embstr"
> BITFIELD k SET u8 0 72
< *1 :104
> GET k
< "Hello"
> OBJECT ENCODING k
< "raw"
> EXPIRETIME k
< :33177117420
> SET i 12
< +OK
> BITFIELD i OVERFLOW FAIL SET u8 0 490
< *1 nil
> OBJECT ENCODING i
< "raw"

@case BITFIELD errors
> BITFIELD
< !"ERR wrong number of arguments for 'bitfield' command"
> BITFIELD k GET
< !"ERR syntax error"
> BITFIELD k GET u8
< !"ERR syntax error"
> BITFIELD k SET u8 0
< !"ERR syntax error"
> BITFIELD k INCRBY u8 0
< !"ERR syntax error"
> BITFIELD k OVERFLOW
< !"ERR syntax error"
> BITFIELD k OVERFLOW BAD
< !"ERR Invalid OVERFLOW type specified"
> BITFIELD k BAD u8 0
< !"ERR syntax error"
> BITFIELD k GET u8 0 BAD
< !"ERR syntax error"
> BITFIELD k GET u64 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET i65 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u0 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET i-1 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u08 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET U8 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET 8 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET "" 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u4294967304 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u9223372036854775808 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k GET u8 -1
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 x
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 #
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 #-1
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 ##1
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 4294967295
< *1 :0
> BITFIELD k GET u8 4294967296
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 #536870911
< *1 :0
> BITFIELD k GET u8 #536870912
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 9223372036854775807
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET u8 #9223372036854775807
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET i64 #144115188075855872
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k GET i64 #288230376151711744
< *1 :0
> BITFIELD k SET u8 0 x
< !"ERR value is not an integer or out of range"
> BITFIELD k SET u8 0 9223372036854775808
< !"ERR value is not an integer or out of range"
> BITFIELD k SET u8 0 1 GET x 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD k SET u8 x x
< !"ERR bit offset is not an integer or out of range"
> BITFIELD k SET x x x
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> EXISTS k
< :0
> ZADD z 1 a
< :1
> BITFIELD z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITFIELD z GET u8 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITFIELD z SET u8 0 1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITFIELD z SET u8 0 x
< !"ERR value is not an integer or out of range"

@case BITFIELD_RO
> SET k abc
< +OK
> BITFIELD_RO k
< *0
> BITFIELD_RO k GET u8 0 GET u8 #1 GET i16 4
< *3 :97 :98 :5670
> BITFIELD_RO k OVERFLOW SAT GET u8 0
< *1 :97
> BITFIELD_RO missing GET u8 0
< *1 :0
> BITFIELD_RO k SET u8 0 1
< !"ERR BITFIELD_RO only supports the GET subcommand"
> BITFIELD_RO k GET u8 0 INCRBY u8 0 1
< !"ERR BITFIELD_RO only supports the GET subcommand"
> BITFIELD_RO k SET u8 0 x
< !"ERR value is not an integer or out of range"
> BITFIELD_RO k SET u8 0 1 GET bad 0
< !"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
> BITFIELD_RO k GET u8
< !"ERR syntax error"
> BITFIELD_RO
< !"ERR wrong number of arguments for 'bitfield_ro' command"
> ZADD z 1 a
< :1
> BITFIELD_RO z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BITFIELD_RO z SET u8 0 1
< !"ERR BITFIELD_RO only supports the GET subcommand"
> GET k
< "abc"
