# ZREM, ZREMRANGEBY*, ZPOPMIN, ZPOPMAX, ZMPOP and those that wait, ZRANDMEMBER, ZSCAN

@case ZREM
> ZADD z 1 a 2 b 3 c
< :3
> ZREM z a q a
< :1
> ZREM nokey a
< :0
> ZREM z b c
< :2
> EXISTS z
< :0
> ZREM z
< !"ERR wrong number of arguments for 'zrem' command"

@case ZREMRANGEBYRANK
> ZADD z 1 a 2 b 3 c 4 d
< :4
> ZREMRANGEBYRANK z 1 2
< :2
> ZREMRANGEBYRANK z 5 9
< :0
> ZREMRANGEBYRANK z -1 -1
< :1
> ZREMRANGEBYRANK z x 1
< !"ERR value is not an integer or out of range"
> ZREMRANGEBYRANK z 0 -1
< :1
> EXISTS z
< :0

@case ZREMRANGEBYSCORE
> ZADD z 1 a 2 b 3 c 4 d
< :4
> ZREMRANGEBYSCORE z (1 3
< :2
> ZREMRANGEBYSCORE z 9 1
< :0
> ZREMRANGEBYSCORE z x 1
< !"ERR min or max is not a float"
> ZREMRANGEBYSCORE z -inf inf
< :2
> EXISTS z
< :0

@case ZPOPMIN and ZPOPMAX
> ZADD z 1 a 2 b 3 c 4 d 5 e
< :5
> ZPOPMIN z
< *2 "a" ,1
> ZPOPMAX z 2
<2 *4 "e" ,5 "d" ,4
<3 *2 *2 "e" ,5 *2 "d" ,4
> ZPOPMIN z 0
< *0
> ZPOPMIN z -1
< !"ERR value is out of range, must be positive"
> ZPOPMIN z x
< !"ERR value is out of range, must be positive"
> ZPOPMIN z 1 1
< !"ERR syntax error"
> ZPOPMIN z 100
<2 *4 "b" ,2 "c" ,3
<3 *2 *2 "b" ,2 *2 "c" ,3
> EXISTS z
< :0
> ZPOPMIN z
< *0
> ZPOPMAX z 3
< *0

@case ZMPOP
> ZADD z 1 a 2 b 3 c
< :3
> ZMPOP 2 q z MIN
< *2 "z" *1 *2 "a" ,1
> ZMPOP 1 z MAX COUNT 10
< *2 "z" *2 *2 "c" ,3 *2 "b" ,2
> ZMPOP 1 z MAX
< nil*
> ZMPOP 0 z MIN
< !"ERR numkeys should be greater than 0"
> ZMPOP x z MIN
< !"ERR numkeys should be greater than 0"
> ZMPOP 2 z MIN
< !"ERR syntax error"
> ZMPOP 9223372036854775807 z MIN
< !"ERR syntax error"
> ZMPOP 1 z BOTH
< !"ERR syntax error"
> ZMPOP 1 z MIN COUNT 0
< !"ERR count should be greater than 0"
> ZMPOP 1 z MIN COUNT 1 COUNT 1
< !"ERR syntax error"

@case BZPOPMIN, BZPOPMAX and BZMPOP with data there
> ZADD z 1 a 2 b 3 c 4 d
< :4
> BZPOPMIN q z 0
< *3 "z" "a" ,1
> BZPOPMAX z 0
< *3 "z" "d" ,4
> BZMPOP 0 2 q z MIN COUNT 5
< *2 "z" *2 *2 "b" ,2 *2 "c" ,3
> EXISTS z
< :0
> BZPOPMIN z x
< !"ERR timeout is not a float or out of range"
> BZPOPMAX z -1
< !"ERR timeout is negative"
> BZPOPMIN z inf
< !"ERR timeout is negative"
> BZMPOP x 0 z MIN
< !"ERR numkeys should be greater than 0"
> BZMPOP x 1 z MIN
< !"ERR timeout is not a float or out of range"
> BZPOPMIN z
< !"ERR wrong number of arguments for 'bzpopmin' command"

@case ZRANDMEMBER
> ZADD z 1 a
< :1
> ZRANDMEMBER z
< "a"
> ZRANDMEMBER z 5
< *1 "a"
> ZRANDMEMBER z -3
< *3 "a" "a" "a"
> ZRANDMEMBER z -2 WITHSCORES
<2 *4 "a" ,1 "a" ,1
<3 *2 *2 "a" ,1 *2 "a" ,1
> ZADD z 2 b 3 c
< :2
> ZRANDMEMBER z 3
< *u3 "a" "b" "c"
> ZRANDMEMBER z 0
< *0
> ZRANDMEMBER nokey
< nil
> ZRANDMEMBER nokey 3
< *0
> ZRANDMEMBER z x
< !"ERR value is not an integer or out of range"
> ZRANDMEMBER z 1 x
< !"ERR syntax error"
> ZRANDMEMBER z 1 WITHSCORES x
< !"ERR syntax error"
> ZRANDMEMBER z -9223372036854775808
< !"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
> ZRANDMEMBER z -9223372036854775807 WITHSCORES
< !"ERR value is out of range"
> ZRANDMEMBER nokey -9223372036854775807
< *0

@case ZSCAN
> ZADD z 1 a 1e17 b 0.1 c
< :3
> ZSCAN z 0
< *2 "0" *6 "c" "0.10000000000000001" "a" "1" "b" "100000000000000000"
> ZSCAN z 0 MATCH [ab] COUNT 100
< *2 "0" *4 "a" "1" "b" "100000000000000000"
> ZSCAN z 0 COUNT 0
< !"ERR syntax error"
> ZSCAN z 0 COUNT x
< !"ERR value is not an integer or out of range"
> ZSCAN z x
< !"ERR invalid cursor"
> ZSCAN nokey 0 FOO
< *2 "0" *0
> ZSCAN z 0 FOO
< !"ERR syntax error"
> ZADD z 1 "\{65*x}"
< :1
> ZSCAN z 0 COUNT 1000
< *2 "0" *u8 "c" "0.10000000000000001" "a" "1" "b" "1e+17" "\{65*x}" "1"

@case WRONGTYPE
> SET s x
< +OK
> ZREM s a
< !WRONGTYPE
> ZREMRANGEBYRANK s 0 1
< !WRONGTYPE
> ZREMRANGEBYSCORE s 0 1
< !WRONGTYPE
> ZREMRANGEBYLEX s - +
< !WRONGTYPE
> ZPOPMIN s
< !WRONGTYPE
> ZPOPMAX s 0
< !WRONGTYPE
> ZMPOP 2 q s MIN
< !WRONGTYPE
> BZPOPMIN q s 0
< !WRONGTYPE
> BZPOPMAX s 0
< !WRONGTYPE
> BZMPOP 0 1 s MIN
< !WRONGTYPE
> ZRANDMEMBER s
< !WRONGTYPE
> ZSCAN s 0 FOO
< !WRONGTYPE
