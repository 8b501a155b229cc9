# LMOVE, RPOPLPUSH, LMPOP, and the forms that wait where there is something to take.

@case LMOVE
> RPUSH a 1 2 3 4
< :4
> LMOVE a b LEFT LEFT
< "1"
> LMOVE a b left right
< "2"
> LMOVE a b RIGHT LEFT
< "4"
> LRANGE b 0 -1
< *3 "4" "1" "2"
> LMOVE a b RIGHT RIGHT
< "3"
> EXISTS a
< :0
> LRANGE b 0 -1
< *4 "4" "1" "2" "3"
> LMOVE b b LEFT RIGHT
< "4"
> LMOVE b b RIGHT LEFT
< "4"
> LMOVE b b LEFT LEFT
< "4"
> LMOVE b b RIGHT RIGHT
< "3"
> LRANGE b 0 -1
< *4 "4" "1" "2" "3"
> RPUSH one x
< :1
> LMOVE one one LEFT RIGHT
< "x"
> LRANGE one 0 -1
< *1 "x"
> LMOVE none b LEFT LEFT
< nil
> EXPIRE b 1000
< :1
> LMOVE b c LEFT LEFT
< "4"
> TTL b
< :1000
> TTL c
< :-1
> RPUSH big "\{70000*e}"
< :1
> LMOVE big c RIGHT RIGHT
< "\{70000*e}"
> LINDEX c -1
< "\{70000*e}"

@case LMOVE errors
> SET s v
< +OK
> RPUSH l a
< :1
> LMOVE l s LEFT LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LMOVE s l LEFT LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LMOVE s s LEFT LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LMOVE none s LEFT LEFT
< nil
> LMOVE none s MIDDLE LEFT
< !"ERR syntax error"
> LMOVE l l LEFT MIDDLE
< !"ERR syntax error"
> LMOVE l l LEFT
< !"ERR wrong number of arguments for 'lmove' command"
> LMOVE l l LEFT LEFT LEFT
< !"ERR wrong number of arguments for 'lmove' command"
> LRANGE l 0 -1
< *1 "a"

@case RPOPLPUSH
> RPUSH a 1 2 3
< :3
> RPOPLPUSH a b
< "3"
> RPOPLPUSH a b
< "2"
> RPOPLPUSH a a
< "1"
> RPOPLPUSH a b
< "1"
> EXISTS a
< :0
> LRANGE b 0 -1
< *3 "1" "2" "3"
> RPOPLPUSH b b
< "3"
> LRANGE b 0 -1
< *3 "3" "1" "2"
> RPOPLPUSH none b
< nil
> SET s v
< +OK
> RPOPLPUSH s b
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> RPOPLPUSH b s
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> RPOPLPUSH none s
< nil
> RPOPLPUSH b
< !"ERR wrong number of arguments for 'rpoplpush' command"
> RPOPLPUSH b c d
< !"ERR wrong number of arguments for 'rpoplpush' command"

@case LMPOP
> RPUSH a 1 2 3 4 5
< :5
> RPUSH b x y
< :2
> LMPOP 1 a LEFT
< *2 "a" *1 "1"
> LMPOP 2 none a right COUNT 2
< *2 "a" *2 "5" "4"
> LMPOP 2 none a LEFT COUNT 10
< *2 "a" *2 "2" "3"
> EXISTS a
< :0
> LMPOP 3 none a b RIGHT
< *2 "b" *1 "y"
> LMPOP 2 none a LEFT
< nil*
> LMPOP 1 none RIGHT COUNT 9223372036854775807
< nil*

@case LMPOP errors
> RPUSH l a
< :1
> SET s v
< +OK
> LMPOP 0 l LEFT
< !"ERR numkeys should be greater than 0"
> LMPOP -1 l LEFT
< !"ERR numkeys should be greater than 0"
> LMPOP x l LEFT
< !"ERR numkeys should be greater than 0"
> LMPOP 9223372036854775807 l LEFT
< !"ERR syntax error"
> LMPOP 9223372036854775808 l LEFT
< !"ERR numkeys should be greater than 0"
> LMPOP 2 l LEFT
< !"ERR syntax error"
> LMPOP 3 l LEFT
< !"ERR syntax error"
> LMPOP 1 l MIDDLE
< !"ERR syntax error"
> LMPOP 1 l LEFT COUNT
< !"ERR syntax error"
> LMPOP 1 l LEFT COUNT 0
< !"ERR count should be greater than 0"
> LMPOP 1 l LEFT COUNT -1
< !"ERR count should be greater than 0"
> LMPOP 1 l LEFT COUNT x
< !"ERR count should be greater than 0"
> LMPOP 1 l LEFT COUNT 1 COUNT 1
< !"ERR syntax error"
> LMPOP 1 l LEFT FOO 1
< !"ERR syntax error"
> LMPOP 2 none s LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LMPOP 2 s l LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LMPOP 2 l s LEFT
< *2 "l" *1 "a"
> LMPOP 1 l
< !"ERR wrong number of arguments for 'lmpop' command"
> LMPOP 1
< !"ERR wrong number of arguments for 'lmpop' command"

@case BLPOP and BRPOP
> RPUSH l a b c d
< :4
> BLPOP l 0
< *2 "l" "a"
> BRPOP none l 0
< *2 "l" "d"
> BLPOP l none 0x10
< *2 "l" "b"
> BRPOP l 1e3
< *2 "l" "c"
> EXISTS l
< :0
> SET s v
< +OK
> RPUSH l a
< :1
> BLPOP s 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLPOP none s l 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BRPOP l s 0
< *2 "l" "a"
> BLPOP s x
< !"ERR timeout is not a float or out of range"
> BLPOP l
< !"ERR wrong number of arguments for 'blpop' command"
> BLPOP
< !"ERR wrong number of arguments for 'blpop' command"

@case timeouts
> RPUSH l a
< :1
> BLPOP l -1
< !"ERR timeout is negative"
> BLPOP l x
< !"ERR timeout is not a float or out of range"
> BLPOP l ""
< !"ERR timeout is not a float or out of range"
> BLPOP l " 1"
< !"ERR timeout is not a float or out of range"
> BLPOP l nan
< !"ERR timeout is not a float or out of range"
> BLPOP l inf
< !"ERR timeout is negative"
> BLPOP l 1e400
< !"ERR timeout is negative"
> BLPOP l 1e5000
< !"ERR timeout is not a float or out of range"
> BLPOP l -0.0011
< !"ERR timeout is negative"
> BLPOP l 9223372036854775.808
< !"ERR timeout is negative"
> BRPOPLPUSH l l -1
< !"ERR timeout is negative"
> BLMOVE l l LEFT LEFT x
< !"ERR timeout is not a float or out of range"
> BLMPOP -1 1 l LEFT
< !"ERR timeout is negative"
> BLPOP l 9223372036854775.807
< *2 "l" "a"
> RPUSH l a
< :1
> BLPOP l -0.001
< *2 "l" "a"

@case nothing comes in time
> BLPOP none 0.01
< nil*
> BRPOP none other 0.01
< nil*
> BLMOVE none other LEFT LEFT 0.01
< nil*
> BRPOPLPUSH none other 0.01
< nil*
> BLMPOP 0.01 2 none other LEFT
< nil*
> SET s v
< +OK
> BLMOVE none s LEFT LEFT 0.01
< nil*
> BRPOPLPUSH none s 0.01
< nil*

@case BLMOVE and BRPOPLPUSH
> RPUSH a 1 2 3
< :3
> BLMOVE a b LEFT RIGHT 0
< "1"
> BRPOPLPUSH a b 0
< "3"
> BLMOVE a a LEFT LEFT 0
< "2"
> LRANGE b 0 -1
< *2 "3" "1"
> SET s v
< +OK
> BLMOVE a s LEFT LEFT 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLMOVE s a LEFT LEFT 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLMOVE a b LEFT MIDDLE x
< !"ERR syntax error"
> BRPOPLPUSH a s 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BRPOPLPUSH s a 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLMOVE a b LEFT RIGHT
< !"ERR wrong number of arguments for 'blmove' command"
> BRPOPLPUSH a b
< !"ERR wrong number of arguments for 'brpoplpush' command"

@case BLMPOP
> RPUSH a 1 2 3 4 5
< :5
> BLMPOP 0 1 a LEFT
< *2 "a" *1 "1"
> BLMPOP 0 2 none a RIGHT COUNT 2
< *2 "a" *2 "5" "4"
> SET s v
< +OK
> BLMPOP 0 1 s LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLMPOP 0 2 none s LEFT
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> BLMPOP x 1 a LEFT
< !"ERR timeout is not a float or out of range"
> BLMPOP x 0 a LEFT
< !"ERR numkeys should be greater than 0"
> BLMPOP x 1 a MIDDLE
< !"ERR syntax error"
> BLMPOP -1 0 a LEFT
< !"ERR numkeys should be greater than 0"
> BLMPOP 0 1 a LEFT COUNT 0
< !"ERR count should be greater than 0"
> BLMPOP 0 1 a
< !"ERR wrong number of arguments for 'blmpop' command"
> BLMPOP 0
< !"ERR wrong number of arguments for 'blmpop' command"
> BLMPOP 0 1 a LEFT COUNT 10
< *2 "a" *2 "2" "3"
> EXISTS a
< :0
