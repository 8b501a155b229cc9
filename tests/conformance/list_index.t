# LINDEX, LSET, LINSERT, LRANGE, LTRIM, LREM, LPOS.

@case LINDEX
> RPUSH l a b c
< :3
> LINDEX l 0
< "a"
> LINDEX l 2
< "c"
> LINDEX l 3
< nil
> LINDEX l -1
< "c"
> LINDEX l -3
< "a"
> LINDEX l -4
< nil
> LINDEX l 9223372036854775807
< nil
> LINDEX l -9223372036854775808
< nil
> LINDEX l 9223372036854775808
< !"ERR value is not an integer or out of range"
> LINDEX l x
< !"ERR value is not an integer or out of range"
> LINDEX m 0
< nil
> LINDEX m x
< nil
> SET s v
< +OK
> LINDEX s 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LINDEX s x
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LINDEX l
< !"ERR wrong number of arguments for 'lindex' command"
> LINDEX l 0 1
< !"ERR wrong number of arguments for 'lindex' command"

@case LSET
> RPUSH l a b c
< :3
> LSET l 0 x
< +OK
> LSET l -1 "\{9000*z}"
< +OK
> LSET l 1 123
< +OK
> LRANGE l 0 -1
< *3 "x" "123" "\{9000*z}"
> LSET l -1 small
< +OK
> LRANGE l 0 -1
< *3 "x" "123" "small"
> LSET l 3 x
< !"ERR index out of range"
> LSET l -4 x
< !"ERR index out of range"
> LSET l x x
< !"ERR value is not an integer or out of range"
> LSET l 9223372036854775807 x
< !"ERR index out of range"
> LSET l -9223372036854775808 x
< !"ERR index out of range"
> LSET m 0 x
< !"ERR no such key"
> LSET m x x
< !"ERR no such key"
> SET s v
< +OK
> LSET s 0 x
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LSET s x x
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LSET l 0
< !"ERR wrong number of arguments for 'lset' command"
> LSET l 0 a b
< !"ERR wrong number of arguments for 'lset' command"
> EXPIRE l 1000
< :1
> LSET l 0 y
< +OK
> TTL l
< :1000

@case LINSERT
> RPUSH l a b c b
< :4
> LINSERT l BEFORE b 1
< :5
> LINSERT l after b 2
< :6
> LINSERT l AFTER c "\{9000*z}"
< :7
> LINSERT l before a first
< :8
> LRANGE l 0 -1
< *8 "first" "a" "1" "b" "2" "c" "\{9000*z}" "b"
> LINSERT l BEFORE none x
< :-1
> LINSERT l AT b x
< !"ERR syntax error"
> LINSERT m BEFORE a x
< :0
> LINSERT m AT a x
< !"ERR syntax error"
> SET s v
< +OK
> LINSERT s BEFORE a x
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LINSERT s AT a x
< !"ERR syntax error"
> LINSERT l BEFORE b
< !"ERR wrong number of arguments for 'linsert' command"
> LINSERT l BEFORE b x y
< !"ERR wrong number of arguments for 'linsert' command"
> RPUSH n 1 2 3
< :3
> LINSERT n AFTER 3 4
< :4
> LINSERT n AFTER 03 4
< :-1
> LRANGE n 0 -1
< *4 "1" "2" "3" "4"

@case LRANGE
> RPUSH l a b c d e
< :5
> LRANGE l 0 -1
< *5 "a" "b" "c" "d" "e"
> LRANGE l 1 3
< *3 "b" "c" "d"
> LRANGE l -2 -1
< *2 "d" "e"
> LRANGE l -100 1
< *2 "a" "b"
> LRANGE l 3 100
< *2 "d" "e"
> LRANGE l 3 2
< *0
> LRANGE l 5 5
< *0
> LRANGE l 0 -6
< *0
> LRANGE l -9223372036854775808 9223372036854775807
< *5 "a" "b" "c" "d" "e"
> LRANGE l 9223372036854775807 9223372036854775807
< *0
> LRANGE l x 1
< !"ERR value is not an integer or out of range"
> LRANGE l 1 x
< !"ERR value is not an integer or out of range"
> LRANGE m 0 -1
< *0
> LRANGE m x 1
< !"ERR value is not an integer or out of range"
> SET s v
< +OK
> LRANGE s 0 -1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LRANGE s x 1
< !"ERR value is not an integer or out of range"
> LRANGE l 0
< !"ERR wrong number of arguments for 'lrange' command"
> LRANGE l 0 1 2
< !"ERR wrong number of arguments for 'lrange' command"

@case LTRIM
> RPUSH l a b c d e f g
< :7
> EXPIRE l 1000
< :1
> LTRIM l 1 -2
< +OK
> LRANGE l 0 -1
< *5 "b" "c" "d" "e" "f"
> LTRIM l 0 -1
< +OK
> LTRIM l -3 100
< +OK
> LRANGE l 0 -1
< *3 "d" "e" "f"
> TTL l
< :1000
> LTRIM l 2 1
< +OK
> EXISTS l
< :0
> RPUSH l a b
< :2
> LTRIM l 5 9
< +OK
> EXISTS l
< :0
> LTRIM m 0 1
< +OK
> LTRIM m x 1
< !"ERR value is not an integer or out of range"
> RPUSH l a b c
< :3
> LTRIM l -9223372036854775808 9223372036854775807
< +OK
> LTRIM l x 1
< !"ERR value is not an integer or out of range"
> LTRIM l 0 x
< !"ERR value is not an integer or out of range"
> LLEN l
< :3
> LTRIM l 0 -9223372036854775808
< +OK
> EXISTS l
< :0
> SET s v
< +OK
> LTRIM s 0 1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LTRIM s x 1
< !"ERR value is not an integer or out of range"
> LTRIM s 0
< !"ERR wrong number of arguments for 'ltrim' command"

@case LREM
> RPUSH l a b a c a b a
< :7
> LREM l 2 a
< :2
> LRANGE l 0 -1
< *5 "b" "c" "a" "b" "a"
> LREM l -1 a
< :1
> LRANGE l 0 -1
< *4 "b" "c" "a" "b"
> LREM l 0 b
< :2
> LRANGE l 0 -1
< *2 "c" "a"
> LREM l 0 none
< :0
> LREM l x a
< !"ERR value is not an integer or out of range"
> LREM l -9223372036854775808 c
< :1
> LREM l 9223372036854775807 a
< :1
> EXISTS l
< :0
> LREM m 0 a
< :0
> LREM m x a
< !"ERR value is not an integer or out of range"
> SET s v
< +OK
> LREM s 0 a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LREM s x a
< !"ERR value is not an integer or out of range"
> LREM l 0
< !"ERR wrong number of arguments for 'lrem' command"
> RPUSH n 1 01 1 "1 " 1
< :5
> LREM n -2 1
< :2
> LRANGE n 0 -1
< *3 "1" "01" "1 "

@case LPOS
> RPUSH l a b c 1 2 3 c c
< :8
> LPOS l c
< :2
> LPOS l c RANK 2
< :6
> LPOS l c RANK -1
< :7
> LPOS l c rank -3
< :2
> LPOS l c RANK 4
< nil
> LPOS l c COUNT 2
< *2 :2 :6
> LPOS l c COUNT 0
< *3 :2 :6 :7
> LPOS l c RANK -1 COUNT 2
< *2 :7 :6
> LPOS l c RANK 2 COUNT 5
< *2 :6 :7
> LPOS l c COUNT 0 MAXLEN 3
< *1 :2
> LPOS l c COUNT 0 MAXLEN 2
< *0
> LPOS l c MAXLEN 2
< nil
> LPOS l c RANK -1 MAXLEN 1 COUNT 0
< *1 :7
> LPOS l 2
< :4
> LPOS l 02
< nil
> LPOS l none
< nil
> LPOS l none COUNT 1
< *0
> LPOS m c
< nil
> LPOS m c COUNT 1
< *0
> LPOS l c RANK -9223372036854775807
< nil
> LPOS l c RANK 9223372036854775807
< nil
> LPOS l c RANK -9223372036854775808
< :7
> LPOS l c COUNT 9223372036854775807
< *3 :2 :6 :7
> LPOS l c MAXLEN 9223372036854775807
< :2
> LPOS l c RANK 1 RANK 2 COUNT 1
< *1 :6

@case LPOS errors
> RPUSH l a
< :1
> SET s v
< +OK
> LPOS l a RANK 0
<
< !"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
> LPOS l a RANK x
< !"ERR value is not an integer or out of range"
> LPOS l a COUNT -1
< !"ERR COUNT can't be negative"
> LPOS l a COUNT x
< !"ERR COUNT can't be negative"
> LPOS l a MAXLEN -1
< !"ERR MAXLEN can't be negative"
> LPOS l a MAXLEN x
< !"ERR MAXLEN can't be negative"
> LPOS l a RANK
< !"ERR syntax error"
> LPOS l a FOO 1
< !"ERR syntax error"
> LPOS l a RANK 0 FOO
<
< !"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
> LPOS m a RANK 0
<
< !"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
> LPOS s a RANK 0
<
< !"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
> LPOS s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LPOS l
< !"ERR wrong number of arguments for 'lpos' command"

@case several chunks
> CONFIG SET list-max-listpack-size 3
< +OK
> RPUSH l 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
< :20
> LINDEX l 10
< "10"
> LINDEX l -3
< "17"
> LSET l 11 "\{200*x}"
< +OK
> LINSERT l BEFORE 10 nine-and-a-half
< :21
> LINSERT l AFTER 10 ten-and-a-half
< :22
> LRANGE l 8 14
< *7 "8" "9" "nine-and-a-half" "10" "ten-and-a-half" "\{200*x}" "12"
> LPOS l 19
< :21
> LPOS l 0 RANK -1
< :0
> LREM l 1 15
< :1
> LREM l -1 4
< :1
> LTRIM l 2 -3
< +OK
> LRANGE l 0 -1
< *16 "2" "3" "5" "6" "7" "8" "9" "nine-and-a-half" "10" "ten-and-a-half" "\{200*x}" "12" "13" "14" "16" "17"
> LLEN l
< :16
> DEBUG DIGEST-VALUE l
< *1 +08a5222fe34d9044d0fc30a996a2882fa6e1defb

@case elements that stand alone
> DEBUG QUICKLIST-PACKED-THRESHOLD 5
< +OK
> RPUSH l a bbbbbbb c ddddddd 1234567 e
< :6
> LSET l 0 fffffffff
< +OK
> LSET l 1 g
< +OK
> LINSERT l BEFORE c hhhhhhh
< :7
> LINSERT l AFTER hhhhhhh i
< :8
> LRANGE l 0 -1
< *8 "fffffffff" "g" "hhhhhhh" "i" "c" "ddddddd" "1234567" "e"
> LREM l 0 ddddddd
< :1
> LPOS l 1234567
< :5
> LPOP l 2
< *2 "fffffffff" "g"
> RPOP l
< "e"
> LRANGE l 0 -1
< *4 "hhhhhhh" "i" "c" "1234567"
> DEBUG DIGEST-VALUE l
< *1 +d2721497d202e0b76062ef94b187ab56d907bef0
> DEBUG QUICKLIST-PACKED-THRESHOLD 0
< +OK
