# SPOP SRANDMEMBER

@case SPOP
> SADD s a
< :1
> SPOP s
< "a"
> EXISTS s
< :0
> SPOP s
< nil
> SADD s a b c
< :3
> SPOP s
< ?"?"
> SCARD s
< :2
> SPOP s 1
< ~1 ?
> SCARD s
< :1

@case SPOP of several
> SADD s a b c
< :3
> SPOP s 0
< ~0
> SPOP s 100
< ~3 "a" "b" "c"
> EXISTS s
< :0
> SPOP s 100
< ~0
> SPOP s 0
< ~0
> SADD s 1 2 3 4 5 6 7 8 9 10
< :10
> SPOP s 4
< ~4 ? ? ? ?
> SCARD s
< :6
> SPOP s 9223372036854775807
< ~6 ? ? ? ? ? ?

@case SPOP keeps the expiry
> SADD s 1 2 3 4 5 6 7 8 9 10
< :10
> PEXPIREAT s 33177117420000
< :1
> SPOP s
< ?
> SPOP s 8
< ~8 ? ? ? ? ? ? ? ?
> PEXPIRETIME s
< :33177117420000

@case SPOP that leaves little makes a new set of it
> SADD s a 0 1 2 3 4 5 6 7 8 9
< :11
> SREM s a
< :1
> OBJECT ENCODING s
< "hashtable"
> SPOP s 8
< ~8 ? ? ? ? ? ? ? ?
> OBJECT ENCODING s
< "hashtable"
> SADD t a 0 1 2 3 4 5 6 7 8 9
< :11
> SREM t a
< :1
> SPOP t 9
< ~9 ? ? ? ? ? ? ? ? ?
> OBJECT ENCODING t
< "intset"

@case SPOP errors
> SADD s a
< :1
> SET k v
< +OK
> SPOP
< !"ERR wrong number of arguments for 'spop' command"
> SPOP s -1
< !"ERR value is out of range, must be positive"
> SPOP no x
< !"ERR value is out of range, must be positive"
> SPOP k -1
< !"ERR value is out of range, must be positive"
> SPOP s 9223372036854775808
< !"ERR value is out of range, must be positive"
> SPOP s 1 2
< !"ERR syntax error"
> SPOP k x 2
< !"ERR syntax error"
> SPOP k
< !WRONGTYPE
> SPOP k 0
< !WRONGTYPE
> SPOP k 1
< !WRONGTYPE

@case SRANDMEMBER
> SADD s a
< :1
> SRANDMEMBER s
< "a"
> SRANDMEMBER s 5
< *1 "a"
> SRANDMEMBER s -3
< *3 "a" "a" "a"
> SRANDMEMBER s 0
< *0
> SRANDMEMBER s 9223372036854775807
< *1 "a"
> SADD s b c
< :2
> SRANDMEMBER s 3
< *u3 "a" "b" "c"
> SRANDMEMBER s 2
< *2 ? ?
> SRANDMEMBER s -5
< *5 ? ? ? ? ?
> SCARD s
< :3
> SRANDMEMBER no
< nil
> SRANDMEMBER no 5
< *0
> SRANDMEMBER no -5
< *0

@case SRANDMEMBER errors
> SADD s a
< :1
> SET k v
< +OK
> SRANDMEMBER
< !"ERR wrong number of arguments for 'srandmember' command"
> SRANDMEMBER no x
< !"ERR value is not an integer or out of range"
> SRANDMEMBER k x
< !"ERR value is not an integer or out of range"
> SRANDMEMBER s 9223372036854775808
< !"ERR value is not an integer or out of range"
> SRANDMEMBER s -9223372036854775808
< !"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
> SRANDMEMBER k -9223372036854775808
< !"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
> SRANDMEMBER s 1 2
< !"ERR syntax error"
> SRANDMEMBER k
< !WRONGTYPE
> SRANDMEMBER k 0
< !WRONGTYPE
