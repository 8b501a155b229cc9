# INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT.

@case INCR and DECR
> INCR k
< :1
> INCR k
< :2
> DECR k
< :1
> DECR k
< :0
> DECR k
< :-1
> GET k
< "-1"
> SET k 10
< +OK
> INCR k
< :11
> DECR k
< :10
> SET k -5
< +OK
> INCR k
< :-4
> OBJECT ENCODING k
< "int"
> INCR
< !"ERR wrong number of arguments for 'incr' command"
> INCR a b
< !"ERR wrong number of arguments for 'incr' command"
> DECR
< !"ERR wrong number of arguments for 'decr' command"
> DECR a b
< !"ERR wrong number of arguments for 'decr' command"

@case INCR on what is no integer
> SET k abc
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> DECR k
< !"ERR value is not an integer or out of range"
> SET k ""
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k " 1"
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k "1 "
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 01
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k +1
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 1.0
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 1e3
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k -0
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k -
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k "1\x00"
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 0x10
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 9223372036854775808
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k -9223372036854775809
< +OK
> INCR k
< !"ERR value is not an integer or out of range"
> SET k 0
< +OK
> INCR k
< :1

@case INCR and DECR at the limits
> SET k 9223372036854775806
< +OK
> INCR k
< :9223372036854775807
> INCR k
< !"ERR increment or decrement would overflow"
> GET k
< "9223372036854775807"
> DECR k
< :9223372036854775806
> SET k -9223372036854775807
< +OK
> DECR k
< :-9223372036854775808
> DECR k
< !"ERR increment or decrement would overflow"
> GET k
< "-9223372036854775808"
> INCR k
< :-9223372036854775807

@case INCRBY
> INCRBY k 5
< :5
> INCRBY k -3
< :2
> INCRBY k 0
< :2
> GET k
< "2"
> INCRBY k 9223372036854775805
< :9223372036854775807
> INCRBY k 1
< !"ERR increment or decrement would overflow"
> GET k
< "9223372036854775807"
> SET k -1
< +OK
> INCRBY k -9223372036854775807
< :-9223372036854775808
> INCRBY k -1
< !"ERR increment or decrement would overflow"
> GET k
< "-9223372036854775808"
> SET k 1
< +OK
> INCRBY k 9223372036854775807
< !"ERR increment or decrement would overflow"
> INCRBY k -9223372036854775808
< :-9223372036854775807
> INCRBY k a
< !"ERR value is not an integer or out of range"
> INCRBY k 1.5
< !"ERR value is not an integer or out of range"
> INCRBY k ""
< !"ERR value is not an integer or out of range"
> INCRBY k " 1"
< !"ERR value is not an integer or out of range"
> INCRBY k 9223372036854775808
< !"ERR value is not an integer or out of range"
> INCRBY k -9223372036854775809
< !"ERR value is not an integer or out of range"
> INCRBY k +1
< !"ERR value is not an integer or out of range"
> INCRBY k 01
< !"ERR value is not an integer or out of range"
> INCRBY k
< !"ERR wrong number of arguments for 'incrby' command"
> INCRBY k 1 2
< !"ERR wrong number of arguments for 'incrby' command"
> SET k abc
< +OK
> INCRBY k 1
< !"ERR value is not an integer or out of range"
> INCRBY k a
< !"ERR value is not an integer or out of range"

@case DECRBY
> DECRBY k 5
< :-5
> DECRBY k -3
< :-2
> GET k
< "-2"
> SET k -1
< +OK
> DECRBY k 9223372036854775807
< :-9223372036854775808
> GET k
< "-9223372036854775808"
> DECRBY k 1
< !"ERR increment or decrement would overflow"
> SET k 0
< +OK
> DECRBY k -9223372036854775807
< :9223372036854775807
> DECRBY k -1
< !"ERR increment or decrement would overflow"
> DECRBY k -9223372036854775808
< !"ERR decrement would overflow"
> SET k -1
< +OK
> DECRBY k -9223372036854775808
< !"ERR decrement would overflow"
> DECRBY k a
< !"ERR value is not an integer or out of range"
> DECRBY k 9223372036854775808
< !"ERR value is not an integer or out of range"
> DECRBY k
< !"ERR wrong number of arguments for 'decrby' command"
> DECRBY k 1 2
< !"ERR wrong number of arguments for 'decrby' command"
> SET k abc
< +OK
> DECRBY k 1
< !"ERR value is not an integer or out of range"
> DECRBY k -9223372036854775808
< !"ERR decrement would overflow"
> DECRBY k a
< !"ERR value is not an integer or out of range"

@case counters keep the TTL
> SET k 1 EXAT 33177117420
< +OK
> INCR k
< :2
> EXPIRETIME k
< :33177117420
> DECR k
< :1
> INCRBY k 5
< :6
> DECRBY k 2
< :4
> EXPIRETIME k
< :33177117420
> INCRBYFLOAT k 0.5
< "4.5"
> EXPIRETIME k
< :33177117420
> GET k
< "4.5"

@case INCRBYFLOAT
> INCRBYFLOAT k 0.5
< "0.5"
> INCRBYFLOAT k 0.5
< "1"
> INCRBYFLOAT k -1.25
< "-0.25"
> GET k
< "-0.25"
> SET k 10.50
< +OK
> INCRBYFLOAT k 0.1
< "10.6"
> SET k 5.0e3
< +OK
> INCRBYFLOAT k 2.0e2
< "5200"
> SET k 1
< +OK
> INCRBYFLOAT k 1
< "2"
> OBJECT ENCODING k
< "embstr"
> SET k 3.0
< +OK
> INCRBYFLOAT k 1.0000000000000000
< "4"
> SET k 1.5
< +OK
> INCRBYFLOAT k 1.5
< "3"
> SET k 0
< +OK
> INCRBYFLOAT k 0.1
< "0.1"
> INCRBYFLOAT k 0.2
< "0.3"
> SET k 1e17
< +OK
> INCRBYFLOAT k 1
< "100000000000000001"
> SET k 1e20
< +OK
> INCRBYFLOAT k 1
< "1\{20*0}"
> SET k 1e300
< +OK
> INCRBYFLOAT k 1
< "1\{20*0}8997324079559193870523944273290747938260082321265646596180935755849152083750497190350372508614274835903592556184672983913096260520748646287327135641843653294084255107606016789726652932370030551382947620994540294772781889620606179267611627097410650567187386105690089424915104006144"
> SET k 0
< +OK
> INCRBYFLOAT k 1e-10
< "0.0000000001"
> SET k 0
< +OK
> INCRBYFLOAT k 1e-17
< "0.00000000000000001"
> SET k 0
< +OK
> INCRBYFLOAT k 1e-18
< "0"
> SET k 0
< +OK
> INCRBYFLOAT k -1e-18
< "0"
> SET k 3
< +OK
> INCRBYFLOAT k 1.1e2
< "113"
> INCRBYFLOAT k 0x10
< "129"
> SET k 0x1p3
< +OK
> INCRBYFLOAT k 1
< "9"
> SET k 9223372036854775807
< +OK
> INCRBYFLOAT k 1
< "9223372036854775808"
> SET k 9223372036854775807
< +OK
> INCRBYFLOAT k 0.5
< "9223372036854775807.5"
> SET k 123456789.123456789
< +OK
> INCRBYFLOAT k 0.000000001
< "123456789.12345678999554366"
> SET k 17179869184
< +OK
> INCRBYFLOAT k 1.5
< "17179869185.5"
> SET k .5
< +OK
> INCRBYFLOAT k .5
< "1"
> SET k 5.
< +OK
> INCRBYFLOAT k 1
< "6"
> INCRBYFLOAT k +1
< "7"
> SET k +1
< +OK
> INCRBYFLOAT k 1
< "2"
> SET k -0
< +OK
> INCRBYFLOAT k -0
< "0"
> SET k 1
< +OK
> INCRBYFLOAT k -1
< "0"

@case INCRBYFLOAT errors
> SET k 1
< +OK
> INCRBYFLOAT k abc
< !"ERR value is not a valid float"
> INCRBYFLOAT k ""
< !"ERR value is not a valid float"
> INCRBYFLOAT k " 1"
< !"ERR value is not a valid float"
> INCRBYFLOAT k "1 "
< !"ERR value is not a valid float"
> INCRBYFLOAT k 1a
< !"ERR value is not a valid float"
> INCRBYFLOAT k "1\x00"
< !"ERR value is not a valid float"
> INCRBYFLOAT k 1e
< !"ERR value is not a valid float"
> INCRBYFLOAT k nan
< !"ERR value is not a valid float"
> INCRBYFLOAT k NaN
< !"ERR value is not a valid float"
> INCRBYFLOAT k inf
< !"ERR increment would produce NaN or Infinity"
> INCRBYFLOAT k +inf
< !"ERR increment would produce NaN or Infinity"
> INCRBYFLOAT k -inf
< !"ERR increment would produce NaN or Infinity"
> INCRBYFLOAT k Infinity
< !"ERR increment would produce NaN or Infinity"
> INCRBYFLOAT k 1e5000
< !"ERR value is not a valid float"
> INCRBYFLOAT k 1e4931
< ?
> STRLEN k
< :4932
> SET k 1
< +OK
> INCRBYFLOAT k 1e4933
< !"ERR value is not a valid float"
> INCRBYFLOAT k 1e-5000
< !"ERR value is not a valid float"
> INCRBYFLOAT k 1,5
< !"ERR value is not a valid float"
> INCRBYFLOAT k
< !"ERR wrong number of arguments for 'incrbyfloat' command"
> INCRBYFLOAT k 1 2
< !"ERR wrong number of arguments for 'incrbyfloat' command"
> SET k abc
< +OK
> INCRBYFLOAT k 1
< !"ERR value is not a valid float"
> INCRBYFLOAT k abc
< !"ERR value is not a valid float"
> SET k ""
< +OK
> INCRBYFLOAT k 1
< !"ERR value is not a valid float"
> SET k inf
< +OK
> INCRBYFLOAT k 1
< !"ERR increment would produce NaN or Infinity"
> SET k nan
< +OK
> INCRBYFLOAT k 1
< !"ERR value is not a valid float"
> SET k " 1"
< +OK
> INCRBYFLOAT k 1
< !"ERR value is not a valid float"
> SET k "1 "
< +OK
> INCRBYFLOAT k 1
< !"ERR value is not a valid float"
> SET k 1e308
< +OK
> INCRBYFLOAT k 1e308
< "199999999999999999993371759311691291321120199694831134415594095989843469737676123744200253843777078640893494450108026446304269499187921167194841628860392837535918200039206381557326219209014213335878306791577877829121087126122536729803237260434173178506889763247582601711514636284849020905456510092687857156096"
> SET k 1e4932
< +OK
> INCRBYFLOAT k 1e4932
< !"ERR increment would produce NaN or Infinity"
> EXISTS missing
< :0
> INCRBYFLOAT missing abc
< !"ERR value is not a valid float"
> EXISTS missing
< :0

@case an expired counter starts again
> SET k 5 PX 60
< +OK
@advance 90
> INCR k
< :1
> PTTL k
< :-1
> SET k 5 PX 60
< +OK
@advance 90
> INCRBYFLOAT k 1.5
< "1.5"
> PTTL k
< :-1
