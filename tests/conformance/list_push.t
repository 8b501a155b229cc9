# LPUSH, RPUSH, LPUSHX, RPUSHX, LPOP, RPOP, LLEN.

@case pushes and their order
> LPUSH l a b c
< :3
> RPUSH l 1 2 3
< :6
> LRANGE l 0 -1
< *6 "c" "b" "a" "1" "2" "3"
> LPUSHX l x y
< :8
> RPUSHX l 8 9
< :10
> LRANGE l 0 -1
< *10 "y" "x" "c" "b" "a" "1" "2" "3" "8" "9"
> LLEN l
< :10
> TYPE l
< +list
> OBJECT ENCODING l
< "quicklist"
> LPUSHX m a b
< :0
> RPUSHX m a b
< :0
> EXISTS m
< :0
> LLEN m
< :0

@case elements of every kind
> RPUSH l "" "\x00\xff\r\n" 0 -1 127 128 -4096 4096 32768 8388608 2147483648 9223372036854775807 -9223372036854775808 9223372036854775808 01 +1 -0 1.0 "\{63*a}" "\{64*b}" "\{4095*c}" "\{4096*d}" "\{70000*e}"
< :23
> LLEN l
< :23
> LRANGE l 0 -1
< *23 "" "\x00\xff\x0d\n" "0" "-1" "127" "128" "-4096" "4096" "32768" "8388608" "2147483648"
< "9223372036854775807" "-9223372036854775808" "9223372036854775808" "01" "+1" "-0" "1.0" "\{63*a}" "\{64*b}"
< "\{4095*c}" "\{4096*d}" "\{70000*e}"
> LINDEX l -1
< "\{70000*e}"
> LINDEX l 10
< "2147483648"
> RPOP l
< "\{70000*e}"
> RPOP l 3
< *3 "\{4096*d}" "\{4095*c}" "\{64*b}"
> LPOP l 5
< *5 "" "\x00\xff\x0d\n" "0" "-1" "127"
> LRANGE l 0 -1
< *14 "128" "-4096" "4096" "32768" "8388608" "2147483648" "9223372036854775807" "-9223372036854775808"
< "9223372036854775808" "01" "+1" "-0" "1.0" "\{63*a}"

@case arity and types of pushes
> LPUSH
< !"ERR wrong number of arguments for 'lpush' command"
> LPUSH l
< !"ERR wrong number of arguments for 'lpush' command"
> RPUSH
< !"ERR wrong number of arguments for 'rpush' command"
> RPUSH l
< !"ERR wrong number of arguments for 'rpush' command"
> LPUSHX l
< !"ERR wrong number of arguments for 'lpushx' command"
> RPUSHX l
< !"ERR wrong number of arguments for 'rpushx' command"
> SET s v
< +OK
> LPUSH s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> RPUSH s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LPUSHX s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> RPUSHX s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LLEN s
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LLEN
< !"ERR wrong number of arguments for 'llen' command"
> LLEN a b
< !"ERR wrong number of arguments for 'llen' command"
> LPOP s
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> RPOP s 1
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GET s
< "v"

@case pops
> RPUSH l a b c d e f
< :6
> LPOP l
< "a"
> RPOP l
< "f"
> LPOP l 2
< *2 "b" "c"
> RPOP l 1
< *1 "e"
> LPOP l 0
< *0
> RPOP l 0
< *0
> LPOP l 10
< *1 "d"
> EXISTS l
< :0
> LPOP l
< nil
> RPOP l
< nil
> LPOP l 3
< nil*
> RPOP l 0
< nil*
> RPUSH l a b c
< :3
> RPOP l 9223372036854775807
< *3 "c" "b" "a"
> EXISTS l
< :0

@case counts that are none
> RPUSH l a
< :1
> LPOP l -1
< !"ERR value is out of range, must be positive"
> LPOP l x
< !"ERR value is out of range, must be positive"
> LPOP l 1.5
< !"ERR value is out of range, must be positive"
> LPOP l ""
< !"ERR value is out of range, must be positive"
> LPOP l 9223372036854775808
< !"ERR value is out of range, must be positive"
> RPOP l -9223372036854775808
< !"ERR value is out of range, must be positive"
> LPOP l 1 1
< !"ERR wrong number of arguments for 'lpop' command"
> RPOP l 1 1
< !"ERR wrong number of arguments for 'rpop' command"
> LPOP
< !"ERR wrong number of arguments for 'lpop' command"
> RPOP
< !"ERR wrong number of arguments for 'rpop' command"
> LPOP m -1
< !"ERR value is out of range, must be positive"
> LPOP m x
< !"ERR value is out of range, must be positive"
> SET s v
< +OK
> LPOP s -1
< !"ERR value is out of range, must be positive"
> LPOP s 0
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> LRANGE l 0 -1
< *1 "a"

@case the last element takes the key with it, and a new list has no expiry
> RPUSH l a
< :1
> EXPIRE l 1000
< :1
> RPUSH l b
< :2
> TTL l
< :1000
> LPOP l
< "a"
> TTL l
< :1000
> LPOP l
< "b"
> EXISTS l
< :0
> TTL l
< :-2
> RPUSH l c
< :1
> TTL l
< :-1

@case lists of several chunks
> CONFIG SET list-max-listpack-size 2
< +OK
> RPUSH l 1 2 3 4 5 6 7 8 9 10 11
< :11
> LPUSH l 0 -1 -2 -3
< :15
> LRANGE l 0 -1
< *15 "-3" "-2" "-1" "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11"
> LPOP l 3
< *3 "-3" "-2" "-1"
> RPOP l 4
< *4 "11" "10" "9" "8"
> LRANGE l 0 -1
< *8 "0" "1" "2" "3" "4" "5" "6" "7"
> COPY l copy
< :1
> LRANGE copy 0 -1
< *8 "0" "1" "2" "3" "4" "5" "6" "7"
> LPOP copy
< "0"
> LINDEX l 0
< "0"
> DEBUG DIGEST-VALUE l copy
< *2 +75a95a9febb0514c5cb3488b2ebf583885909644 +94d90000db8e6337f0917c3930eab0b7e6052063
> OBJECT ENCODING l
< "quicklist"
