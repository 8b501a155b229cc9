# SORT SORT_RO

@case SORT by number
> RPUSH l 3 1 2 10 -1.5
< :5
> SORT l
< *5 "-1.5" "1" "2" "3" "10"
> SORT l DESC
< *5 "10" "3" "2" "1" "-1.5"
> SORT l DESC ASC
< *5 "-1.5" "1" "2" "3" "10"
> SORT_RO l
< *5 "-1.5" "1" "2" "3" "10"
> LRANGE l 0 -1
< *5 "3" "1" "2" "10" "-1.5"
> SADD s 3 1 2
< :3
> SORT s
< *3 "1" "2" "3"
> ZADD z 9 1 8 2 7 3
< :3
> SORT z
< *3 "1" "2" "3"
> SORT no
< *0
> SORT_RO no
< *0

@case SORT by text
> RPUSH l b a C _ "\xff" "" 10 9
< :8
> SORT l ALPHA
< *8 "" "10" "9" "C" "_" "a" "b" "\xff"
> SORT l alpha desc
< *8 "\xff" "b" "a" "_" "C" "9" "10" ""
> SORT l
< !"ERR One or more scores can't be converted into double"

@case equal numbers are told apart by their texts
> RPUSH l 2 02 2.0 +2
< :4
> SORT l
< *4 "+2" "02" "2" "2.0"
> SORT l DESC
< *4 "2.0" "2" "02" "+2"

@case what is a number
> RPUSH l 1.5 -inf inf +3 0x10 1e3 " 5" "\t6" ""
< :9
> SORT l
< *9 "-inf" "" "1.5" "+3" " 5" "\t6" "0x10" "1e3" "inf"
> RPUSH m "1 " 0
< :2
> SORT m
< !"ERR One or more scores can't be converted into double"
> RPUSH n nan 0
< :2
> SORT n
< !"ERR One or more scores can't be converted into double"
> RPUSH o 1,5 0
< :2
> SORT o
< !"ERR One or more scores can't be converted into double"

@case SORT LIMIT
> RPUSH l 3 1 2 10
< :4
> SORT l LIMIT 1 2
< *2 "2" "3"
> SORT l LIMIT -5 2
< *2 "1" "2"
> SORT l LIMIT 1 -1
< *3 "2" "3" "10"
> SORT l LIMIT 4 2
< *0
> SORT l LIMIT 0 0
< *0
> SORT l LIMIT 0 2 LIMIT 1 1
< *1 "2"
> SORT l LIMIT 1 9223372036854775807
< *3 "2" "3" "10"
> SORT l LIMIT 9223372036854775807 9223372036854775807
< *0
> SORT l LIMIT -9223372036854775808 -9223372036854775808
< *4 "1" "2" "3" "10"
> SORT l BY nosort LIMIT 1 2
< *2 "1" "2"
> SORT l BY nosort DESC LIMIT 1 2
< *2 "2" "1"

@case SORT BY nosort
> RPUSH l 3 1 2
< :3
> SORT l BY nosort
< *3 "3" "1" "2"
> SORT l BY nosort DESC
< *3 "2" "1" "3"
> SORT l BY nosort BY w_*
< *3 "3" "1" "2"
> SORT l BY w_* BY nosort
< *3 "3" "1" "2"
> ZADD z 1 c 2 b 3 a 2 bb
< :4
> SORT z BY nosort
< *4 "c" "b" "bb" "a"
> SORT z BY nosort DESC LIMIT 1 2
< *2 "bb" "b"
> SADD s c a b
< :3
> SORT s BY nosort
< *u3 "a" "b" "c"
> SORT s BY nosort STORE d
< :3
> LRANGE d 0 -1
< *3 "a" "b" "c"

@case SORT BY keys
> RPUSH l 1 2 3 10
< :4
> MSET w_1 30 w_2 20 w_3 10
< +OK
> SORT l BY w_*
< *4 "10" "3" "2" "1"
> SORT l BY w_* DESC
< *4 "1" "2" "3" "10"
> SORT l BY nothing_*
< *4 "1" "10" "2" "3"
> SORT l BY nothing_* DESC
< *4 "3" "2" "10" "1"
> MSET v_1 b v_2 a v_3 c
< +OK
> SORT l BY v_* ALPHA
< *4 "10" "2" "1" "3"
> SORT l BY v_*
< !"ERR One or more scores can't be converted into double"
> RPUSH w_10 x
< :1
> SORT l BY w_*
< *4 "10" "3" "2" "1"
> SORT_RO l BY w_* LIMIT 0 2
< *2 "10" "3"

@case equal weights of texts keep the order of a list
> RPUSH l c a b
< :3
> SORT l BY nothing_* ALPHA
< *3 "c" "a" "b"
> SORT l BY nothing_* ALPHA DESC
< *3 "c" "a" "b"

@case SORT GET
> RPUSH l 2 1 3
< :3
> MSET w_1 one w_3 three
< +OK
> SORT l GET w_*
< *3 "one" nil "three"
> SORT l GET # GET w_* GET nothing GET w_1
< *12 "1" "one" nil nil "2" nil nil nil "3" "three" nil nil
> SORT l GET w_**
< *3 nil nil nil
> SORT l GET "" LIMIT 0 1
< *1 nil
> SORT_RO l GET # DESC
< *3 "3" "2" "1"

@case SORT with fields of hashes
> RPUSH l 1 2 3 10
< :4
> HSET h_1 f 5 g x
< :2
> HSET h_2 f 4
< :1
> HSET h_3 f 3 g y f->g z
< :3
> SET s_1 string
< +OK
> SORT l BY h_*->f
< *4 "10" "3" "2" "1"
> SORT l BY h_*->f DESC GET h_*->g GET #
< *8 "x" "1" nil "2" "y" "3" nil "10"
> SORT l GET h_*->f->g
< *4 nil nil "z" nil
> SORT l GET h_* 
< *4 nil nil nil nil
> SORT l GET s_*->f
< *4 nil nil nil nil
> SET h_1-> arrow
< +OK
> SORT l GET h_*->
< *4 "arrow" nil nil nil
> HSET q->1 x deep
< :1
> SORT l GET q->*->x
< *4 "deep" nil nil nil

@case SORT STORE
> RPUSH l 3 1 2
< :3
> SORT l STORE d
< :3
> LRANGE d 0 -1
< *3 "1" "2" "3"
> PEXPIREAT d 33177117420000
< :1
> SORT l DESC LIMIT 0 2 STORE d
< :2
> LRANGE d 0 -1
< *2 "3" "2"
> PEXPIRETIME d
< :-1
> SORT l GET nothing_* GET # STORE d
< :6
> LRANGE d 0 -1
< *6 "" "1" "" "2" "" "3"
> SORT l STORE d STORE e
< :3
> LRANGE e 0 -1
< *3 "1" "2" "3"
> SORT l STORE l
< :3
> LRANGE l 0 -1
< *3 "1" "2" "3"
> SET d x
< +OK
> SORT no STORE d
< :0
> EXISTS d
< :0
> SET d x
< +OK
> SORT l LIMIT 0 0 STORE d
< :0
> EXISTS d
< :0
> MSET w_1 3 w_2 2 w_3 1 d x
< +OK
> SORT l BY w_* STORE d
< :3
> LRANGE d 0 -1
< *3 "3" "2" "1"
# The key's name is one of the words.
> SORT l STORE GET STORE d
< :3
> LRANGE d 0 -1
< *3 "1" "2" "3"

@case SORT errors
> SET k v
< +OK
> RPUSH l 1
< :1
> SORT
< !"ERR wrong number of arguments for 'sort' command"
> SORT k
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> SORT_RO k
< !WRONGTYPE
> SORT k STORE d
< !WRONGTYPE
> SORT k garbage
< !"ERR syntax error"
> SORT no garbage
< !"ERR syntax error"
> SORT l LIMIT 1
< !"ERR syntax error"
> SORT l LIMIT x 1
< !"ERR value is not an integer or out of range"
> SORT no LIMIT 1 x
< !"ERR value is not an integer or out of range"
> SORT l LIMIT x 1 garbage
< !"ERR value is not an integer or out of range"
> SORT l garbage LIMIT x 1
< !"ERR syntax error"
> SORT l BY
< !"ERR syntax error"
> SORT l GET
< !"ERR syntax error"
> SORT l STORE
< !"ERR syntax error"
> SORT_RO l STORE d
< !"ERR syntax error"

@case the keys of a call
> COMMAND GETKEYS SORT l STORE d STORE e
< *2 "l" "e"
> COMMAND GETKEYS SORT l BY STORE GET STORE ALPHA store d
< *2 "l" "d"
> COMMAND GETKEYS SORT l LIMIT 1 STORE x
< *1 "l"
> COMMAND GETKEYS SORT l STORE
< *1 "l"
> COMMAND GETKEYS SORT_RO l BY w_* GET g_*
< *1 "l"
