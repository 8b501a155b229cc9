# Hashes: HSET HMSET HSETNX HGET HMGET HEXISTS HSTRLEN HLEN HGETALL HKEYS HVALS HDEL HINCRBY HINCRBYFLOAT.

@case HSET sets fields and counts the new ones
> HSET h a 1
< :1
> HSET h a 2 b 3 a 4
< :1
> HGET h a
< "4"
> HSET h c "\x00\r\n" "" ""
< :2
> HGETALL h
< %4 "a" "4" "b" "3" "c" "\x00\r\n" "" ""
> HKEYS h
< *4 "a" "b" "c" ""
> HVALS h
< *4 "4" "3" "\x00\r\n" ""
> HLEN h
< :4
> HMSET h a x d y
< +OK
> HMGET h d zz a d
< *4 "y" nil "x" "y"
> HSTRLEN h c
< :3
> HSTRLEN h zz
< :0
> HEXISTS h ""
< :1
> HEXISTS h zz
< :0
> hset h a 1
< :0
> TYPE h
< +hash
> OBJECT ENCODING h
< "listpack"

@case HSET arity and type
> HSET
< !"ERR wrong number of arguments for 'hset' command"
> HSET h
< !"ERR wrong number of arguments for 'hset' command"
> HSET h a
< !"ERR wrong number of arguments for 'hset' command"
> HSET h a 1 b
< !"ERR wrong number of arguments for 'hset' command"
> HMSET h a 1 b
< !"ERR wrong number of arguments for 'hmset' command"
> HMSET h a
< !"ERR wrong number of arguments for 'hmset' command"
> SET s x
< +OK
> HSET s a 1 b
< !"ERR wrong number of arguments for 'hset' command"
> HSET s a 1
< !WRONGTYPE
> HMSET s a 1
< !WRONGTYPE
> HSETNX s a 1
< !WRONGTYPE
> HSETNX h a
< !"ERR wrong number of arguments for 'hsetnx' command"
> HSETNX h a 1 2
< !"ERR wrong number of arguments for 'hsetnx' command"
> EXISTS h
< :0
> HGET s a
< !WRONGTYPE
> HGET s
< !"ERR wrong number of arguments for 'hget' command"
> HMGET s a
< !WRONGTYPE
> HMGET s
< !"ERR wrong number of arguments for 'hmget' command"
> HEXISTS s a
< !WRONGTYPE
> HSTRLEN s a
< !WRONGTYPE
> HLEN s
< !WRONGTYPE
> HLEN
< !"ERR wrong number of arguments for 'hlen' command"
> HGETALL s
< !WRONGTYPE
> HKEYS s
< !WRONGTYPE
> HVALS s
< !WRONGTYPE
> HGETALL s a
< !"ERR wrong number of arguments for 'hgetall' command"
> HDEL s a
< !WRONGTYPE
> HDEL s
< !"ERR wrong number of arguments for 'hdel' command"
> GET s
< "x"
> HSET h a 1
< :1
> GET h
< !WRONGTYPE
> APPEND h x
< !WRONGTYPE
> SET h x GET
< !WRONGTYPE
> SET h x
< +OK
> GET h
< "x"

@case what an absent key answers
> HGET h a
< nil
> HMGET h a b
< *2 nil nil
> HEXISTS h a
< :0
> HSTRLEN h a
< :0
> HLEN h
< :0
> HGETALL h
< %0
> HKEYS h
< *0
> HVALS h
< *0
> HDEL h a
< :0
> HRANDFIELD h
< nil
> HRANDFIELD h 3
< *0
> HRANDFIELD h 3 WITHVALUES
< *0
> HSCAN h 0
< *2 "0" *0
> HSCAN h 5 nonsense
< *2 "0" *0
> EXISTS h
< :0

@case HSETNX sets a field once
> HSETNX h a 1
< :1
> HSETNX h a 2
< :0
> HSETNX h b 2
< :1
> HGETALL h
< %2 "a" "1" "b" "2"

@case HDEL counts, and the last field takes the key with it
> HSET h a 1 b 2 c 3
< :3
> HDEL h zz a a
< :1
> HGETALL h
< %2 "b" "2" "c" "3"
> HDEL h b c d
< :2
> EXISTS h
< :0
> TYPE h
< +none

@case an expiry of the key stays while fields come and go
> HSET h a 1 b 2
< :2
> EXPIREAT h 33177117420
< :1
> HSET h c 3
< :1
> HDEL h a
< :1
> HINCRBY h b 1
< :3
> HSETNX h d 1
< :1
> EXPIRETIME h
< :33177117420
> HDEL h b c d
< :3
> HSET h a 1
< :1
> EXPIRETIME h
< :-1

@case HINCRBY
> HINCRBY h n 5
< :5
> HINCRBY h n -7
< :-2
> HGET h n
< "-2"
> HINCRBY h n x
< !"ERR value is not an integer or out of range"
> HINCRBY h n 9223372036854775808
< !"ERR value is not an integer or out of range"
> HSET h max 9223372036854775807 min -9223372036854775808
< :2
> HINCRBY h max 1
< !"ERR increment or decrement would overflow"
> HINCRBY h min -1
< !"ERR increment or decrement would overflow"
> HINCRBY h min 9223372036854775807
< :-1
> HINCRBY h max -9223372036854775808
< :-1
> HSET h a "1 " b " 1" c "" d 01 e +1 f -0 g 9223372036854775808 i 1.0
< :8
> HINCRBY h a 1
< !"ERR hash value is not an integer"
> HINCRBY h b 1
< !"ERR hash value is not an integer"
> HINCRBY h c 1
< !"ERR hash value is not an integer"
> HINCRBY h d 1
< !"ERR hash value is not an integer"
> HINCRBY h e 1
< !"ERR hash value is not an integer"
> HINCRBY h f 1
< !"ERR hash value is not an integer"
> HINCRBY h g 1
< !"ERR hash value is not an integer"
> HINCRBY h i 1
< !"ERR hash value is not an integer"
> SET s x
< +OK
> HINCRBY s a x
< !"ERR value is not an integer or out of range"
> HINCRBY s a 1
< !WRONGTYPE
> HINCRBY h a
< !"ERR wrong number of arguments for 'hincrby' command"
> HINCRBY new x y
< !"ERR value is not an integer or out of range"
> EXISTS new
< :0

@case HINCRBYFLOAT
> HINCRBYFLOAT h n 1.5
< "1.5"
> HINCRBYFLOAT h n -1.5
< "0"
> HINCRBYFLOAT h n 5.0e3
< "5000"
> HINCRBYFLOAT h n 0x10
< "5016"
> HINCRBYFLOAT h n 3.14159265358979
< "5019.14159265358979001"
> HINCRBYFLOAT h n inf
< !"ERR value is NaN or Infinity"
> HINCRBYFLOAT h n -inf
< !"ERR value is NaN or Infinity"
> HINCRBYFLOAT h n nan
< !"ERR value is not a valid float"
> HINCRBYFLOAT h n abc
< !"ERR value is not a valid float"
> HINCRBYFLOAT h n ""
< !"ERR value is not a valid float"
> HINCRBYFLOAT h n " 1"
< !"ERR value is not a valid float"
> HINCRBYFLOAT h n "1 "
< !"ERR value is not a valid float"
> HINCRBYFLOAT h n 1e5000
< !"ERR value is not a valid float"
> HSET h a abc b inf c "" d 01 e 10
< :5
> HINCRBYFLOAT h a 1
< !"ERR hash value is not a float"
> HINCRBYFLOAT h b 1
< !"ERR increment would produce NaN or Infinity"
> HINCRBYFLOAT h c 1
< !"ERR hash value is not a float"
> HINCRBYFLOAT h d 1
< "2"
> HINCRBYFLOAT h e 0
< "10"
> HINCRBYFLOAT h e 1e300
< "1000000000000000000008997324079559193870523944273290747938260082321265646596180935755849152083750497190350372508614274835903592556184672983913096260520748646287327135641843653294084255107606016789726652932370030551382947620994540294772781889620606179267611627097410650567187386105690089424915104006144"
> OBJECT ENCODING h
< "hashtable"
> SET s x
< +OK
> HINCRBYFLOAT s a abc
< !"ERR value is not a valid float"
> HINCRBYFLOAT s a inf
< !"ERR value is NaN or Infinity"
> HINCRBYFLOAT s a 1
< !WRONGTYPE
> HINCRBYFLOAT h a
< !"ERR wrong number of arguments for 'hincrbyfloat' command"

@case a small hash becomes a large one, and never small again
> CONFIG SET hash-max-listpack-entries 3
< +OK
> HSET h a 1 b 2 c 3
< :3
> OBJECT ENCODING h
< "listpack"
> HSET h a 1 b 2 c 3 a 5
< :0
> OBJECT ENCODING h
< "listpack"
> HSET h d 3
< :1
> OBJECT ENCODING h
< "hashtable"
> HDEL h a b c
< :3
> OBJECT ENCODING h
< "hashtable"
> HGETALL h
< %1 "d" "3"
> HSET g a 1 a 2 a 3 a 4 a 5
< :1
> OBJECT ENCODING g
< "listpack"
> HSET g b 1 c 1
< :2
> CONFIG SET hash-max-listpack-entries 2
< +OK
> OBJECT ENCODING g
< "listpack"
> HSETNX g a 1
< :0
> OBJECT ENCODING g
< "listpack"
> HDEL g zz
< :0
> OBJECT ENCODING g
< "listpack"
> HINCRBY g a 1
< :6
> OBJECT ENCODING g
< "hashtable"
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET e a 1
< :1
> OBJECT ENCODING e
< "hashtable"

@case long fields and values make a hash large
> HSET h a 1
< :1
> HSET h "\{64*f}" "\{64*v}"
< :1
> OBJECT ENCODING h
< "listpack"
> HSETNX h a "\{65*v}"
< :0
> OBJECT ENCODING h
< "listpack"
> HSET h a "\{65*v}"
< :0
> OBJECT ENCODING h
< "hashtable"
> HSET h a 1
< :0
> OBJECT ENCODING h
< "hashtable"
> HGET h "\{64*f}"
< "\{64*v}"
> HINCRBY i "\{65*f}" 1
< :1
> OBJECT ENCODING i
< "hashtable"
> HSET j "\{65*f}" 1
< :1
> OBJECT ENCODING j
< "hashtable"
> CONFIG SET hash-max-listpack-value 4
< +OK
> HSET k a 1234
< :1
> OBJECT ENCODING k
< "listpack"
> HINCRBY k a 10000
< :11234
> OBJECT ENCODING k
< "hashtable"
> HINCRBYFLOAT l a 1.25
< "1.25"
> OBJECT ENCODING l
< "listpack"
> HINCRBYFLOAT l a 1.125
< "2.375"
> OBJECT ENCODING l
< "hashtable"
> HSET m a 123456
< :1
> OBJECT ENCODING m
< "hashtable"
> CONFIG SET hash-max-listpack-value 0
< +OK
> HSET n "" ""
< :1
> OBJECT ENCODING n
< "listpack"
> HSET n a ""
< :1
> OBJECT ENCODING n
< "hashtable"

@case copies and renames of hashes
> HSET h a 1 b 2
< :2
> COPY h g
< :1
> HSET g c 3
< :1
> HGETALL h
< %2 "a" "1" "b" "2"
> HGETALL g
< %3 "a" "1" "b" "2" "c" "3"
> RENAME g h
< +OK
> HGETALL h
< %3 "a" "1" "b" "2" "c" "3"
> OBJECT ENCODING h
< "listpack"
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET h d 4
< :1
> COPY h g
< :1
> HDEL g a b c d
< :4
> EXISTS g
< :0
> HGET h a
< "1"
> HLEN h
< :4

@case a large hash
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET h a 1 b 2
< :2
> HGETALL h
< %2 "a" "1" "b" "2"
> HKEYS h
< *u2 "a" "b"
> HVALS h
< *u2 "1" "2"
> HMGET h b zz a
< *3 "2" nil "1"
> HSET h a "" b "\{5000*x}"
< :0
> HSTRLEN h b
< :5000
> HSTRLEN h a
< :0
> HINCRBY h c 7
< :7
> HSET h a 7.25
< :0
> HINCRBYFLOAT h a 1
< "8.25"
> HSETNX h a 1
< :0
> HDEL h a b c zz
< :3
> EXISTS h
< :0

@case HRANDFIELD
> HSET h a 1
< :1
> HRANDFIELD h
< "a"
> HRANDFIELD h 1
< *1 "a"
> HRANDFIELD h 5
< *1 "a"
> HRANDFIELD h -3
< *3 "a" "a" "a"
> HRANDFIELD h 0
< *0
> HRANDFIELD h 0 WITHVALUES
< *0
> HRANDFIELD h 5 WITHVALUES
<2 *2 "a" "1"
<3 *1 *2 "a" "1"
> HRANDFIELD h -2 withvalues
<2 *4 "a" "1" "a" "1"
<3 *2 *2 "a" "1" *2 "a" "1"
> HSET h b 2
< :1
> HRANDFIELD h 2
< *2 "a" "b"
> HRANDFIELD h 100 WITHVALUES
<2 *4 "a" "1" "b" "2"
<3 *2 *2 "a" "1" *2 "b" "2"
> HRANDFIELD h -3
< *3 ? ? ?
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET h c 3
< :1
> HRANDFIELD h 100
< *u3 "a" "b" "c"
> HRANDFIELD h 2
< *2 ? ?
> HRANDFIELD h -7
< *7 ? ? ? ? ? ? ?
> HDEL h a b
< :2
> HRANDFIELD h
< "c"
> HRANDFIELD h -2 WITHVALUES
<2 *4 "c" "3" "c" "3"
<3 *2 *2 "c" "3" *2 "c" "3"

@case HRANDFIELD errors
> HRANDFIELD
< !"ERR wrong number of arguments for 'hrandfield' command"
> HRANDFIELD h x
< !"ERR value is not an integer or out of range"
> HRANDFIELD h 1 x
< !"ERR syntax error"
> HRANDFIELD h x y
< !"ERR value is not an integer or out of range"
> HRANDFIELD h 1 WITHVALUES x
< !"ERR syntax error"
> HRANDFIELD h -9223372036854775808
< !"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
> HRANDFIELD h -9223372036854775808 x
< !"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
> HRANDFIELD h -9223372036854775807
< *0
> HRANDFIELD h 9223372036854775807
< *0
> HRANDFIELD h 9223372036854775808
< !"ERR value is not an integer or out of range"
> HRANDFIELD h 9223372036854775807 WITHVALUES
< !"ERR value is out of range"
> HRANDFIELD h 4611686018427387904 WITHVALUES
< !"ERR value is out of range"
> HRANDFIELD h 4611686018427387903 WITHVALUES
< *0
> HRANDFIELD h -4611686018427387903 WITHVALUES
< *0
> HRANDFIELD h -4611686018427387904 WITHVALUES
< !"ERR value is out of range"
> SET s x
< +OK
> HRANDFIELD s
< !WRONGTYPE
> HRANDFIELD s 1
< !WRONGTYPE
> HRANDFIELD s x
< !"ERR value is not an integer or out of range"
> HRANDFIELD s 1 x
< !"ERR syntax error"

@case HSCAN gives a small hash at once
> HSET h a 1 b 2 c 3
< :3
> HSCAN h 0
< *2 "0" *6 "a" "1" "b" "2" "c" "3"
> HSCAN h 0 COUNT 1
< *2 "0" *6 "a" "1" "b" "2" "c" "3"
> HSCAN h 77 COUNT 1
< *2 "0" *6 "a" "1" "b" "2" "c" "3"
> HSCAN h 0 MATCH [ab]
< *2 "0" *4 "a" "1" "b" "2"
> HSCAN h 0 MATCH x* COUNT 1 MATCH c
< *2 "0" *2 "c" "3"
> HSCAN h 0 match * count 10
< *2 "0" *6 "a" "1" "b" "2" "c" "3"
> HSCAN h 0 MATCH ""
< *2 "0" *0
> HSCAN h 0 COUNT 9223372036854775807
< *2 "0" *6 "a" "1" "b" "2" "c" "3"

@case HSCAN errors
> HSET h a 1
< :1
> HSCAN h
< !"ERR wrong number of arguments for 'hscan' command"
> HSCAN h x
< !"ERR invalid cursor"
> HSCAN h 18446744073709551616
< !"ERR invalid cursor"
> HSCAN h 18446744073709551615
< *2 "0" *2 "a" "1"
> HSCAN h 0 x
< !"ERR syntax error"
> HSCAN h 0 COUNT
< !"ERR syntax error"
> HSCAN h 0 MATCH
< !"ERR syntax error"
> HSCAN h 0 COUNT 0
< !"ERR syntax error"
> HSCAN h 0 COUNT -1
< !"ERR syntax error"
> HSCAN h 0 COUNT x
< !"ERR value is not an integer or out of range"
> HSCAN h 0 COUNT 9223372036854775808
< !"ERR value is not an integer or out of range"
> HSCAN h 0 TYPE hash
< !"ERR syntax error"
> HSCAN h 0 MATCH a x
< !"ERR syntax error"
> SET s x
< +OK
> HSCAN s x
< !"ERR invalid cursor"
> HSCAN s 0
< !WRONGTYPE
> HSCAN s 0 x
< !WRONGTYPE

@case HSCAN of a large hash
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET h a 1 b 2 c 3
< :3
> HSCAN h 0 COUNT 100
< *2 "0" *u6 "a" "1" "b" "2" "c" "3"
> HSCAN h 0 COUNT 100 MATCH b
< *2 "0" *2 "b" "2"
> HSCAN h 18446744073709551615 COUNT 100000
< *2 "0" *?

@case HSCAN NOVALUES
@since 8.0
> HSET h a 1 b 2
< :2
> HSCAN h 0 NOVALUES
< *2 "0" *2 "a" "b"
> HSCAN h 0 COUNT 5 novalues MATCH a
< *2 "0" *1 "a"
> HSCAN h 0 NOVALUES COUNT
< !"ERR syntax error"
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HDEL h a
< :1
> HSET h b 3
< :0
> HSCAN h 0 NOVALUES
< *2 "0" *1 "b"
