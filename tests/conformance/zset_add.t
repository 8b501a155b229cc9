# ZADD, ZINCRBY, ZCARD, ZSCORE, ZMSCORE

@case ZADD adds, updates and counts
> ZADD z 1 a 2 b
< :2
> ZADD z 3 a 4 c
< :1
> ZADD z CH 5 a 6 d 4 c
< :2
> ZRANGE z 0 -1 WITHSCORES
<2 *8 "b" ,2 "c" ,4 "a" ,5 "d" ,6
<3 *4 *2 "b" ,2 *2 "c" ,4 *2 "a" ,5 *2 "d" ,6
> TYPE z
< +zset
> ZADD z 1 m 2 m 3 m
< :1
> ZSCORE z m
< ,3

@case ZADD NX and XX
> ZADD z XX 1 a
< :0
> EXISTS z
< :0
> ZADD z NX 1 a
< :1
> ZADD z NX 2 a 2 b
< :1
> ZADD z XX CH 5 a 5 c
< :1
> ZMSCORE z a b c
< *3 ,5 ,2 nil

@case ZADD GT and LT
> ZADD z 5 a 5 b
< :2
> ZADD z GT CH 4 a 6 b 1 c
< :2
> ZADD z LT CH 4 a 9 b 7 c
< :1
> ZMSCORE z a b c
< *3 ,4 ,6 ,1
> ZADD z XX GT CH 9 a 9 d
< :1

@case ZADD INCR
> ZADD z INCR 1.5 a
< ,1.5
> ZADD z INCR 1.5 a
< ,3
> ZADD z NX INCR 1 a
< nil
> ZADD z XX INCR 1 b
< nil
> ZADD z GT INCR -1 a
< nil
> ZADD z GT INCR 0 a
< nil
> ZADD z LT INCR -1 a
< ,2
> ZADD z CH INCR inf a
< ,inf
> ZADD z INCR -inf a
< !"ERR resulting score is not a number (NaN)"
> ZINCRBY z -inf a
< !"ERR resulting score is not a number (NaN)"
> ZSCORE z a
< ,inf

@case ZADD of options that do not go together
> ZADD z NX XX 1 a
< !"ERR XX and NX options at the same time are not compatible"
> ZADD z GT LT 1 a
< !"ERR GT, LT, and/or NX options at the same time are not compatible"
> ZADD z NX GT 1 a
< !"ERR GT, LT, and/or NX options at the same time are not compatible"
> ZADD z NX LT 1 a
< !"ERR GT, LT, and/or NX options at the same time are not compatible"
> ZADD z INCR 1 a 2 b
< !"ERR INCR option supports a single increment-element pair"
> ZADD z 1 a 2
< !"ERR syntax error"
> ZADD z NX XX 1
< !"ERR syntax error"
> ZADD z CH 1
< !"ERR syntax error"
> ZADD z 1 a x b
< !"ERR value is not a valid float"
> ZADD z nan a
< !"ERR value is not a valid float"
> ZADD z 1e400 a
< !"ERR value is not a valid float"
> ZADD z
< !"ERR wrong number of arguments for 'zadd' command"
> ZADD z 1
< !"ERR wrong number of arguments for 'zadd' command"
> EXISTS z
< :0

@case scores as they are written
> ZADD z 1e17 a 0x10 b -0 c inf d -Infinity e 0.1 f 1e-5 g
< :7
> ZMSCORE z a b c d e f g
< *7 ,1e+17 ,16 ,0 ,inf ,-inf ,0.10000000000000001 ,1.0000000000000001e-05
> ZADD z 123456789012345678 h 1e300 i 3.0 j
< :3
> ZMSCORE z h i j
< *3 ,1.2345678901234568e+17 ,1.0000000000000001e+300 ,3

@case -0 in both encodings
> ZADD z -0 a
< :1
> ZSCORE z a
< ,0
> ZADD z 1 "\{65*x}"
< :1
> ZADD z -0 b
< :1
> ZMSCORE z a b
< *2 ,0 ,-0
> ZADD z CH 0 b
< :0

@case ZINCRBY
> ZINCRBY z 2.5 a
< ,2.5
> ZINCRBY z -1 a
< ,1.5
> ZINCRBY z x a
< !"ERR value is not a valid float"
> ZINCRBY z 1
< !"ERR wrong number of arguments for 'zincrby' command"

@case ZCARD, ZSCORE and ZMSCORE of what is not there
> ZCARD z
< :0
> ZSCORE z a
< nil
> ZMSCORE z a b
< *2 nil nil
> ZADD z 1 a
< :1
> ZCARD z
< :1
> ZSCORE z b
< nil
> ZMSCORE z
< !"ERR wrong number of arguments for 'zmscore' command"

@case WRONGTYPE
> SET s x
< +OK
> ZADD s 1 a
< !WRONGTYPE
> ZADD s XX 1 a
< !WRONGTYPE
> ZADD s x a
< !"ERR value is not a valid float"
> ZINCRBY s 1 a
< !WRONGTYPE
> ZCARD s
< !WRONGTYPE
> ZSCORE s a
< !WRONGTYPE
> ZMSCORE s a
< !WRONGTYPE

@case the expiry stays
> ZADD z 1 a
< :1
> PEXPIREAT z 33177117420000
< :1
> ZADD z 2 a 3 b
< :1
> ZINCRBY z 1 a
< ,3
> PEXPIRETIME z
< :33177117420000

@case encodings
> ZADD z 1 "\{64*x}"
< :1
> OBJECT ENCODING z
< "listpack"
> ZADD z 1 "\{65*x}"
< :1
> OBJECT ENCODING z
< "skiplist"
> ZREM z "\{65*x}"
< :1
> OBJECT ENCODING z
< "skiplist"
> CONFIG SET zset-max-listpack-entries 2
< +OK
> ZADD y 1 a 2 b
< :2
> OBJECT ENCODING y
< "listpack"
> ZADD y 3 c
< :1
> OBJECT ENCODING y
< "skiplist"
> ZRANGE y 0 -1
< *3 "a" "b" "c"
