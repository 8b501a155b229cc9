# ZRANGE and its kin, ZRANGESTORE, ZRANK, ZREVRANK, ZCOUNT, ZLEXCOUNT

@case ZRANGE by rank
> ZADD z 1 a 2 b 3 c 4 d 5 e
< :5
> ZRANGE z 0 -1
< *5 "a" "b" "c" "d" "e"
> ZRANGE z -2 -1
< *2 "d" "e"
> ZRANGE z 3 1
< *0
> ZRANGE z 5 9
< *0
> ZRANGE z -9223372036854775808 9223372036854775807
< *5 "a" "b" "c" "d" "e"
> ZRANGE z 0 1 REV WITHSCORES
<2 *4 "e" ,5 "d" ,4
<3 *2 *2 "e" ,5 *2 "d" ,4
> ZREVRANGE z 1 2
< *2 "d" "c"
> ZREVRANGE z 0 0 WITHSCORES
<2 *2 "e" ,5
<3 *1 *2 "e" ,5
> ZRANGE nokey 0 -1
< *0
> ZRANGE nokey x 1
< !"ERR value is not an integer or out of range"

@case ZRANGE by score
> ZADD z 1 a 2 b 3 c 4 d 5 e
< :5
> ZRANGE z 2 4 BYSCORE
< *3 "b" "c" "d"
> ZRANGE z (2 (4 BYSCORE
< *1 "c"
> ZRANGE z 4 2 BYSCORE REV
< *3 "d" "c" "b"
> ZRANGE z 2 4 BYSCORE REV
< *0
> ZRANGE z -inf +inf BYSCORE LIMIT 1 2
< *2 "b" "c"
> ZRANGE z -inf +inf BYSCORE LIMIT 1 -1
< *4 "b" "c" "d" "e"
> ZRANGE z -inf +inf BYSCORE LIMIT -1 2
< *0
> ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2 WITHSCORES
<2 *4 "d" ,4 "c" ,3
<3 *2 *2 "d" ,4 *2 "c" ,3
> ZRANGE z "" 1 BYSCORE
< *1 "a"
> ZRANGE z x 1 BYSCORE
< !"ERR min or max is not a float"
> ZRANGE z nan 1 BYSCORE
< !"ERR min or max is not a float"
> ZRANGEBYSCORE z (1 3 WITHSCORES
<2 *4 "b" ,2 "c" ,3
<3 *2 *2 "b" ,2 *2 "c" ,3
> ZREVRANGEBYSCORE z 3 (1 LIMIT 1 1
< *1 "b"
> ZREVRANGEBYSCORE z 1 3
< *0

@case ZRANGE by member
> ZADD z 0 a 0 aa 0 b 0 c
< :4
> ZRANGE z - + BYLEX
< *4 "a" "aa" "b" "c"
> ZRANGE z [a (b BYLEX
< *2 "a" "aa"
> ZRANGE z + - BYLEX REV LIMIT 1 2
< *2 "b" "aa"
> ZRANGEBYLEX z (a +
< *3 "aa" "b" "c"
> ZREVRANGEBYLEX z [b -
< *3 "b" "aa" "a"
> ZRANGEBYLEX z + -
< *0
> ZRANGEBYLEX z a b
< !"ERR min or max not valid string range item"
> ZRANGEBYLEX z -x +
< !"ERR min or max not valid string range item"
> ZLEXCOUNT z - +
< :4
> ZLEXCOUNT z (a [b
< :2
> ZLEXCOUNT z x y
< !"ERR min or max not valid string range item"
> ZREMRANGEBYLEX z [a (b
< :2
> ZRANGE z 0 -1
< *2 "b" "c"

@case ZRANGE of options that do not go together
> ZRANGE z 0 -1 LIMIT 0 1
< !"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
> ZRANGE z 0 -1 LIMIT 1 -1
< *0
> ZRANGE z 0 -1 LIMIT 0
< !"ERR syntax error"
> ZRANGE z 0 -1 LIMIT x y
< !"ERR value is not an integer or out of range"
> ZRANGE z - + BYLEX WITHSCORES
< !"ERR syntax error, WITHSCORES not supported in combination with BYLEX"
> ZRANGE z 0 1 BYSCORE BYLEX
< !"ERR syntax error"
> ZRANGE z 0 1 REV REV
< !"ERR syntax error"
> ZREVRANGE z 0 1 REV
< !"ERR syntax error"
> ZRANGEBYSCORE z 0 1 BYLEX
< !"ERR syntax error"
> ZRANGE z 0
< !"ERR wrong number of arguments for 'zrange' command"

@case ZRANGESTORE
> ZADD z 1 a 2 b 3 c
< :3
> SET d x EX 1000
< +OK
> ZRANGESTORE d z 0 1
< :2
> TTL d
< :-1
> ZRANGE d 0 -1 WITHSCORES
<2 *4 "a" ,1 "b" ,2
<3 *2 *2 "a" ,1 *2 "b" ,2
> ZRANGESTORE d z 3 1 BYSCORE REV LIMIT 0 2
< :2
> ZRANGE d 0 -1
< *2 "b" "c"
> ZRANGESTORE d z 8 9
< :0
> EXISTS d
< :0
> ZRANGESTORE z z 0 0
< :1
> ZRANGESTORE d z 0 -1 WITHSCORES
< !"ERR syntax error"
> ZRANGESTORE d z x 1
< !"ERR value is not an integer or out of range"

@case ZRANK and ZREVRANK
> ZADD z 1 a 2 b 3 c
< :3
> ZRANK z a
< :0
> ZREVRANK z a
< :2
> ZRANK z q
< nil
> ZRANK nokey a
< nil
> ZRANK z
< !"ERR wrong number of arguments for 'zrank' command"

@case ZRANK WITHSCORE
@since 7.2
> ZADD z 1 a 2 b 3 c
< :3
> ZRANK z b WITHSCORE
< *2 :1 ,2
> ZREVRANK z c WITHSCORE
< *2 :0 ,3
> ZRANK z q WITHSCORE
< nil*
> ZRANK nokey a WITHSCORE
< nil*
> ZRANK z a x
< !"ERR syntax error"
> ZREVRANK z a WITHSCORE x
< !"ERR wrong number of arguments for 'zrevrank' command"

@case ZCOUNT
> ZADD z 1 a 2 b 3 c
< :3
> ZCOUNT z 1 (3
< :2
> ZCOUNT z 3 1
< :0
> ZCOUNT z -inf +inf
< :3
> ZCOUNT nokey 1 2
< :0
> ZCOUNT z x 1
< !"ERR min or max is not a float"

@case WRONGTYPE
> SET s x
< +OK
> ZRANGE s 0 1
< !WRONGTYPE
> ZRANGE s x 1
< !"ERR value is not an integer or out of range"
> ZRANGEBYSCORE s 0 1
< !WRONGTYPE
> ZREVRANGEBYSCORE s 0 1
< !WRONGTYPE
> ZRANGEBYLEX s - +
< !WRONGTYPE
> ZREVRANGEBYLEX s - +
< !WRONGTYPE
> ZREVRANGE s 0 1
< !WRONGTYPE
> ZRANGESTORE d s 0 1
< !WRONGTYPE
> ZRANK s a
< !WRONGTYPE
> ZREVRANK s a
< !WRONGTYPE
> ZCOUNT s 0 1
< !WRONGTYPE
> ZLEXCOUNT s - +
< !WRONGTYPE
