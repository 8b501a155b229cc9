# SINTER SUNION SDIFF, their STORE forms, SINTERCARD

@case SINTER
> SADD a a b c d
< :4
> SADD b c d e
< :3
> SADD c 1 2 3 c
< :4
> SINTER a b
< ~2 "c" "d"
> SINTER a b c
< ~1 "c"
> SINTER a
< ~4 "a" "b" "c" "d"
> SINTER a a
< ~4 "a" "b" "c" "d"
> SINTER a b no
< ~0
> SINTER no
< ~0

@case SUNION
> SADD a a b
< :2
> SADD b b c
< :2
> SADD c 1
< :1
> SUNION a b
< ~3 "a" "b" "c"
> SUNION a b c no a
< ~4 "a" "b" "c" "1"
> SUNION no
< ~0

@case SDIFF
> SADD a a b c d
< :4
> SADD b c
< :1
> SADD c a c e
< :3
> SDIFF a b
< ~3 "a" "b" "d"
> SDIFF a b c
< ~2 "b" "d"
> SDIFF a no
< ~4 "a" "b" "c" "d"
> SDIFF no a
< ~0
> SDIFF a a
< ~0
> SDIFF a b a
< ~0

@case SINTERCARD
> SADD a a b c d
< :4
> SADD b b c d e
< :4
> SINTERCARD 2 a b
< :3
> SINTERCARD 2 a b LIMIT 2
< :2
> SINTERCARD 2 a b LIMIT 0
< :3
> SINTERCARD 2 a b limit 9223372036854775807
< :3
> SINTERCARD 2 a b LIMIT 1 LIMIT 2
< :2
> SINTERCARD 2 a no
< :0
> SINTERCARD 1 a
< :4

@case SINTERCARD errors
> SADD a a
< :1
> SET k v
< +OK
> SINTERCARD 1
< !"ERR wrong number of arguments for 'sintercard' command"
> SINTERCARD 0 a
< !"ERR numkeys should be greater than 0"
> SINTERCARD -1 a
< !"ERR numkeys should be greater than 0"
> SINTERCARD x a
< !"ERR numkeys should be greater than 0"
> SINTERCARD 9223372036854775808 a
< !"ERR numkeys should be greater than 0"
> SINTERCARD 2 a
< !"ERR Number of keys can't be greater than number of args"
> SINTERCARD 9223372036854775807 a
< !"ERR Number of keys can't be greater than number of args"
> SINTERCARD 1 a b
< !"ERR syntax error"
> SINTERCARD 1 a LIMIT
< !"ERR syntax error"
> SINTERCARD 1 a LIMIT -1
< !"ERR LIMIT can't be negative"
> SINTERCARD 1 a LIMIT x
< !"ERR LIMIT can't be negative"
> SINTERCARD 1 k LIMIT x
< !"ERR LIMIT can't be negative"
> SINTERCARD 2 no k
< !WRONGTYPE

@case stored
> SADD a a b c
< :3
> SADD b b c d
< :3
> SINTERSTORE d a b
< :2
> SMEMBERS d
< ~2 "b" "c"
> SUNIONSTORE d a b
< :4
> SMEMBERS d
< ~4 "a" "b" "c" "d"
> SDIFFSTORE d a b
< :1
> SMEMBERS d
< ~1 "a"
> PEXPIREAT d 33177117420000
< :1
> SUNIONSTORE d d b
< :4
> PEXPIRETIME d
< :-1
> SDIFFSTORE a a b
< :1
> SMEMBERS a
< ~1 "a"

@case nothing to store
> SADD a a
< :1
> SET d x
< +OK
> SINTERSTORE d a no
< :0
> EXISTS d
< :0
> SET d x
< +OK
> SUNIONSTORE d no
< :0
> EXISTS d
< :0
> SADD d x
< :1
> SDIFFSTORE d a a
< :0
> EXISTS d
< :0
> SET d x
< +OK
> SUNIONSTORE d a
< :1
> TYPE d
< +set

@case WRONGTYPE
> SADD a a
< :1
> SET k v
< +OK
> SINTER a no k
< !WRONGTYPE
> SINTER k
< !WRONGTYPE
> SUNION no k
< !WRONGTYPE
> SDIFF a a k
< !WRONGTYPE
> SINTERSTORE a no k
< !WRONGTYPE
> SUNIONSTORE a k
< !WRONGTYPE
> SDIFFSTORE k a k
< !WRONGTYPE
> SMEMBERS a
< ~1 "a"
> GET k
< "v"

@case arity
> SINTER
< !"ERR wrong number of arguments for 'sinter' command"
> SUNION
< !"ERR wrong number of arguments for 'sunion' command"
> SDIFF
< !"ERR wrong number of arguments for 'sdiff' command"
> SINTERSTORE d
< !"ERR wrong number of arguments for 'sinterstore' command"
> SUNIONSTORE d
< !"ERR wrong number of arguments for 'sunionstore' command"
> SDIFFSTORE d
< !"ERR wrong number of arguments for 'sdiffstore' command"

@case encodings of what is stored
> SADD i 1 2 3 4
< :4
> SADD j 3 4 5
< :3
> SADD k 3 4 a
< :3
> SINTERSTORE d i k
< :2
> OBJECT ENCODING d
< "intset"
> SUNIONSTORE d i j
< :5
> OBJECT ENCODING d
< "intset"
> SUNIONSTORE d i k
< :5
> OBJECT ENCODING d
< "hashtable"
> SADD l a
< :1
> SDIFFSTORE d k l
< :2
> OBJECT ENCODING d
< "intset"
# Here members are taken away from a copy.
> SADD many a 1 2 3 4 5 6 7 8 9 10 11 12
< :13
> SDIFFSTORE d many l l l l
< :12
> OBJECT ENCODING d
< "hashtable"
