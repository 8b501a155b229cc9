# ZUNION, ZINTER, ZDIFF, their STORE forms, ZINTERCARD

@case ZUNION
> ZADD a 1 a 2 b 3 c
< :3
> ZADD b 10 b 20 c 30 d
< :3
> ZUNION 2 a b
< *4 "a" "b" "c" "d"
> ZUNION 2 a b WITHSCORES
<2 *8 "a" ,1 "b" ,12 "c" ,23 "d" ,30
<3 *4 *2 "a" ,1 *2 "b" ,12 *2 "c" ,23 *2 "d" ,30
> ZUNION 2 a b WEIGHTS 2 -1 AGGREGATE MIN
< *4 "d" "c" "b" "a"
> ZUNION 3 a a nokey AGGREGATE MAX WITHSCORES
<2 *6 "a" ,1 "b" ,2 "c" ,3
<3 *3 *2 "a" ,1 *2 "b" ,2 *2 "c" ,3
> ZUNION 1 nokey
< *0

@case ZINTER and ZDIFF
> ZADD a 1 a 2 b 3 c
< :3
> ZADD b 10 b 20 c 30 d
< :3
> ZINTER 2 a b WITHSCORES
<2 *4 "b" ,12 "c" ,23
<3 *2 *2 "b" ,12 *2 "c" ,23
> ZINTER 2 a nokey
< *0
> ZINTER 2 a b WEIGHTS 2 0.5 WITHSCORES
<2 *4 "b" ,9 "c" ,16
<3 *2 *2 "b" ,9 *2 "c" ,16
> ZDIFF 2 a b WITHSCORES
<2 *2 "a" ,1
<3 *1 *2 "a" ,1
> ZDIFF 2 a a
< *0
> ZDIFF 2 a b WEIGHTS 1 1
< !"ERR syntax error"

@case sets count 1 for each member
> ZADD a 1 a 2 b 3 c
< :3
> SADD s a b z
< :3
> ZUNION 2 a s WEIGHTS 1 3 WITHSCORES
<2 *8 "c" ,3 "z" ,3 "a" ,4 "b" ,5
<3 *4 *2 "c" ,3 *2 "z" ,3 *2 "a" ,4 *2 "b" ,5
> ZINTER 2 s a WITHSCORES
<2 *4 "a" ,2 "b" ,3
<3 *2 *2 "a" ,2 *2 "b" ,3
> ZDIFF 2 s a WITHSCORES
<2 *2 "z" ,1
<3 *1 *2 "z" ,1
> ZDIFF 2 a s
< *1 "c"
> ZINTERCARD 2 a s
< :2
> ZUNIONSTORE s 2 a s
< :4
> TYPE s
< +zset

@case infinities that meet are 0
> ZADD a inf a -inf b
< :2
> ZADD b -inf a inf b
< :2
> ZUNION 2 a b WITHSCORES
<2 *4 "a" ,0 "b" ,0
<3 *2 *2 "a" ,0 *2 "b" ,0
> ZINTER 2 a b WITHSCORES
<2 *4 "a" ,0 "b" ,0
<3 *2 *2 "a" ,0 *2 "b" ,0
> ZUNION 1 a WEIGHTS 0 WITHSCORES
<2 *4 "a" ,0 "b" ,0
<3 *2 *2 "a" ,0 *2 "b" ,0

@case smaller inputs are added first
> ZADD x 1e16 m
< :1
> ZADD y 1 m 1 n
< :2
> ZADD w -1e16 m 1 n 2 o
< :3
> ZUNION 3 w y x WITHSCORES
<2 *6 "m" ,0 "n" ,2 "o" ,2
<3 *3 *2 "m" ,0 *2 "n" ,2 *2 "o" ,2

@case STORE
> ZADD a 1 a 2 b 3 c
< :3
> ZADD b 10 b 20 c 30 d
< :3
> SET d x EX 1000
< +OK
> ZUNIONSTORE d 2 a b
< :4
> TTL d
< :-1
> ZINTERSTORE d 2 a b AGGREGATE MAX
< :2
> ZRANGE d 0 -1 WITHSCORES
<2 *4 "b" ,10 "c" ,20
<3 *2 *2 "b" ,10 *2 "c" ,20
> ZDIFFSTORE a 2 a b
< :1
> ZRANGE a 0 -1
< *1 "a"
> ZDIFFSTORE d 2 a a
< :0
> EXISTS d
< :0
> ZUNIONSTORE d 1 nokey
< :0
> ZUNIONSTORE d 2 a b WITHSCORES
< !"ERR syntax error"

@case encodings of what is stored
> ZADD a 1 "\{65*x}" 2 b
< :2
> ZUNIONSTORE d 1 a
< :2
> OBJECT ENCODING d
< "skiplist"
> ZREM a "\{65*x}"
< :1
> ZUNIONSTORE d 1 a
< :1
> OBJECT ENCODING d
< "listpack"
> ZRANGESTORE d a 0 -1
< :1
> OBJECT ENCODING d
< "listpack"

@case ZINTERCARD
> ZADD a 1 a 2 b 3 c
< :3
> ZADD b 10 b 20 c 30 d
< :3
> ZINTERCARD 2 a b
< :2
> ZINTERCARD 2 a b LIMIT 1
< :1
> ZINTERCARD 2 a b LIMIT 0
< :2
> ZINTERCARD 2 a b LIMIT -1
< !"ERR LIMIT can't be negative"
> ZINTERCARD 2 a b LIMIT x
< !"ERR LIMIT can't be negative"
> ZINTERCARD 2 a b WITHSCORES
< !"ERR syntax error"
> ZINTERCARD 2 a nokey
< :0

@case errors
> ZUNION 0 a
< !"ERR at least 1 input key is needed for 'zunion' command"
> ZINTERSTORE d -1 a
< !"ERR at least 1 input key is needed for 'zinterstore' command"
> ZINTERCARD 0 a
< !"ERR at least 1 input key is needed for 'zintercard' command"
> ZUNION x a
< !"ERR value is not an integer or out of range"
> ZUNION 3 a b
< !"ERR syntax error"
> ZUNION 9223372036854775807 a
< !"ERR syntax error"
> ZUNION 1 a WEIGHTS x
< !"ERR weight value is not a float"
> ZUNION 1 a WEIGHTS
< !"ERR syntax error"
> ZUNION 1 a AGGREGATE AVG
< !"ERR syntax error"
> ZUNION 1
< !"ERR wrong number of arguments for 'zunion' command"

@case WRONGTYPE
> SET s x
< +OK
> ZADD a 1 a
< :1
> ZUNION 2 a s FOO
< !WRONGTYPE
> ZINTER 2 nokey s
< !WRONGTYPE
> ZDIFF 2 a s
< !WRONGTYPE
> ZINTERCARD 2 nokey s
< !WRONGTYPE
> ZUNIONSTORE s 1 a
< :1
> TYPE s
< +zset
