# DEBUG DIGEST, DIGEST-VALUE, LISTPACK, QUICKLIST-PACKED-THRESHOLD, HTSTATS, HTSTATS-KEY.

@case digests of every type
> DEBUG DIGEST
< +0000000000000000000000000000000000000000
> DEBUG DIGEST-VALUE
< *0
> SET s hello
< +OK
> SET i 123
< +OK
> SET e ""
< +OK
> SET big "\{70000*x}"
< +OK
> RPUSH l a 1 b -5 ""
< :5
> HSET h f 1 g xx 12 "\x00"
< :3
> ZADD z 1.5 a 0.1 b inf c -inf d 1e20 e 12345678901234567 f 3.3e-8 g 5 5
< :8
> SET t v EX 1000
< +OK
> DEBUG DIGEST-VALUE s i e big l h z t none s
< *10 +36b23a1456b2dce2c3ed252c456761301dba8060 +89f7f51b707418f666d5b45e053bd5bbbf82ac2b
< +8b3447c33a834b810e3e181b6fd6a2ee1020921c +40e60549033f9c964d9397234eb9d566c98ab669
< +e3e384e82dec49f392bbc8ec3125159b7853b932 +32f44c538cb41582bbfc167de7bb1ccb7b838b0b
< +5eabba52daacf0a15ccf6acc26aa4993687f5a6a +311b17018163335616e089f6b951c82c477335ac
< +0000000000000000000000000000000000000000 +36b23a1456b2dce2c3ed252c456761301dba8060
> DEBUG DIGEST
< +3dba9c6f74ec3092d87bc5c24f65a8ca21329eb7
> SELECT 3
< +OK
> SET other db
< +OK
> DEBUG DIGEST
< +67bebca1e3404802526b45cb30db78fb817d7aae
> DEBUG DIGEST-VALUE s other
< *2 +0000000000000000000000000000000000000000 +3b35715ea737a9d62eab9f3aa75567b5e5198727
> DEBUG DIGEST x
< !"ERR unknown subcommand or wrong number of arguments for 'DIGEST'. Try DEBUG HELP."
> SELECT 0
< +OK
> FLUSHALL
< +OK
> DEBUG DIGEST
< +0000000000000000000000000000000000000000

@case digests of large values
> CONFIG SET hash-max-listpack-entries 1
< +OK
> CONFIG SET zset-max-listpack-entries 0
< +OK
> CONFIG SET list-max-listpack-size 1
< +OK
> HSET h a 1 b 2 c 3
< :3
> ZADD z 1 a -0 b 2.5 c
< :3
> RPUSH l 1 2 3 4 5
< :5
> DEBUG DIGEST-VALUE h z l
< *3 +b60c36e529712296d694f27b5914cbe84950995e +a8f9335801ca5e94a08ef03f720b2f04f1358ebb
< +ecbb910c06d1f942f87a7ecd0f26efc8e7332e45
> DEBUG DIGEST
< +f6c5c23225a58053c63b4f8ad0806abd087aea7a

@case digests of sets
> SADD i 1 2 -3
< :3
> SADD t a 1 "" b
< :4
> DEBUG DIGEST-VALUE i t
< *2 +836878cc027f259476c1f062e588720a8848c1d0 +32ca885544b2f45e4eddd831da79e6594fd92e64
> DEBUG DIGEST
< +18488c302c1cf7eed8260a920dc8291977861381

@case digests of streams
> XADD x 1-1 a 1 b 2
< "1-1"
> XADD x 2-0 q w
< "2-0"
> XADD x 3-0 q w
< "3-0"
> XDEL x 2-0
< :1
> DEBUG DIGEST-VALUE x
< *1 +79cf7b35f86a97eafa244eb99883eebc234492b7
> DEBUG DIGEST
< +22ba290913c77718d34c37b308c555de36e2169a

@case LISTPACK
> RPUSH l a
< :1
> SET s v
< +OK
> HSET h a b
< :1
> ZADD z 1 a
< :1
> CONFIG SET hash-max-listpack-entries 1
< +OK
> HSET ht a 1 b 2
< :2
> DEBUG LISTPACK h
< +"Listpack structure printed on stdout"
> DEBUG LISTPACK z
< +"Listpack structure printed on stdout"
> DEBUG LISTPACK ht
< !"ERR Not a listpack encoded object."
> DEBUG LISTPACK l
< !"ERR Not a listpack encoded object."
> DEBUG LISTPACK s
< !"ERR Not a listpack encoded object."
> DEBUG LISTPACK none
< !"ERR no such key"
> DEBUG LISTPACK
< !"ERR unknown subcommand or wrong number of arguments for 'LISTPACK'. Try DEBUG HELP."
> DEBUG LISTPACK h h
< !"ERR unknown subcommand or wrong number of arguments for 'LISTPACK'. Try DEBUG HELP."

@case QUICKLIST-PACKED-THRESHOLD
> DEBUG QUICKLIST-PACKED-THRESHOLD 1
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD 1kb
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD 3gb
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD 4293918720
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD 4293918721
< !"ERR argument must be a memory value bigger than 1 and smaller than 4gb"
> DEBUG QUICKLIST-PACKED-THRESHOLD 4gb
< !"ERR argument must be a memory value bigger than 1 and smaller than 4gb"
> DEBUG QUICKLIST-PACKED-THRESHOLD -1
< !"ERR argument must be a memory value bigger than 1 and smaller than 4gb"
> DEBUG QUICKLIST-PACKED-THRESHOLD x
< !"ERR argument must be a memory value bigger than 1 and smaller than 4gb"
> DEBUG QUICKLIST-PACKED-THRESHOLD 99999999999999999999999
< !"ERR argument must be a memory value bigger than 1 and smaller than 4gb"
> DEBUG QUICKLIST-PACKED-THRESHOLD ""
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD
< !"ERR unknown subcommand or wrong number of arguments for 'QUICKLIST-PACKED-THRESHOLD'. Try DEBUG HELP."
> DEBUG QUICKLIST-PACKED-THRESHOLD 0
< +OK
> DEBUG QUICKLIST-PACKED-THRESHOLD 0 1
< !"ERR unknown subcommand or wrong number of arguments for 'QUICKLIST-PACKED-THRESHOLD'. Try DEBUG HELP."

@case HTSTATS errors
> DEBUG HTSTATS
< !"ERR unknown subcommand or wrong number of arguments for 'HTSTATS'. Try DEBUG HELP."
> DEBUG HTSTATS 16
< !"ERR Out of range database"
> DEBUG HTSTATS -1
< !"ERR Out of range database"
> DEBUG HTSTATS x
< !"ERR value is not an integer or out of range"
> DEBUG HTSTATS 9223372036854775808
< !"ERR value is not an integer or out of range"
> DEBUG HTSTATS 4294967296
< !"ERR Out of range database"
> DEBUG HTSTATS-KEY
< !"ERR unknown subcommand or wrong number of arguments for 'HTSTATS-KEY'. Try DEBUG HELP."
> DEBUG HTSTATS-KEY none
< !"ERR no such key"
> SET s v
< +OK
> RPUSH l a
< :1
> HSET h a b
< :1
> ZADD z 1 a
< :1
> DEBUG HTSTATS-KEY s
< !"ERR The value stored at the specified key is not represented using an hash table"
> DEBUG HTSTATS-KEY l
< !"ERR The value stored at the specified key is not represented using an hash table"
> DEBUG HTSTATS-KEY h
< !"ERR The value stored at the specified key is not represented using an hash table"
> DEBUG HTSTATS-KEY z
< !"ERR The value stored at the specified key is not represented using an hash table"

@case HTSTATS describes tables
> SET s v
< +OK
> DEBUG HTSTATS 0
< =txt:?"?Dictionary HT]*number of elements: 1*?Expires HT]*"
> DEBUG HTSTATS 5
< =txt:?"?Dictionary HT]*?Expires HT]*"
> CONFIG SET hash-max-listpack-entries 1
< +OK
> HSET h a 1 b 2
< :2
> DEBUG HTSTATS-KEY h
< =txt:?"*number of elements: 2*"
