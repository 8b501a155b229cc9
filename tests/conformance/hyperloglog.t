# HyperLogLog: PFADD, PFCOUNT, PFMERGE, PFDEBUG, PFSELFTEST. The bytes are part of the promise.

@case PFADD
> PFADD h
< :1
> GET h
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
> OBJECT ENCODING h
< "raw"
> PFADD h
< :0
> PFADD h a
< :1
> GET h
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80q\xa6\x84NW"
> PFADD h a
< :0
> PFADD h a b c
< :1
> PFADD h a b c
< :0
> GET h
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80`\xf3\x80P\xb1\x84K\xfb\x80BZ"
> TYPE h
< +string
> PFADD h ""
< :1
> PFADD h "\x00\xff\r\n"
< :1
> GET h
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80W1\x84I\xc0\x80N\x11\x80B\x9e\x84K\xfb\x80BZ"

@case PFADD keeps the expiry
> PFADD h a
< :1
> EXPIREAT h 33177117420
< :1
> PFADD h b
< :1
> EXPIRETIME h
< :33177117420
> PFADD h b
< :0
> EXPIRETIME h
< :33177117420

@case PFADD errors
> PFADD
< !"ERR wrong number of arguments for 'pfadd' command"
> SET s x
< +OK
> PFADD s a
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET i 12
< +OK
> PFADD i
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET e ""
< +OK
> PFADD e
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> ZADD z 1 a
< :1
> PFADD z a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GET s
< "x"

@case PFCOUNT
> PFCOUNT missing
< :0
> PFADD h a b c d e f g
< :1
> PFCOUNT h
< :7
> GET h
< "HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00Fm\x80V\x0c\x80D<\x848\x80P\xb1\x84I\x8c\x80Bm\x80BZ"
> PFCOUNT h
< :7
> PFADD h a
< :0
> GET h
< "HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00Fm\x80V\x0c\x80D<\x848\x80P\xb1\x84I\x8c\x80Bm\x80BZ"
> PFADD h h
< :1
> GET h
< "HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x80Fm\x80V\x0c\x80D<\x848\x80M\xc2\x80B\xed\x84I\x8c\x80Bm\x80BZ"
> PFCOUNT h
< :8
> PFADD i 1 2 3 a b
< :1
> PFCOUNT h i
< :11
> PFCOUNT i h missing
< :11
> PFCOUNT missing missing2
< :0
> PFCOUNT h h
< :8
> GET i
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80]f\x80Mt\x80F\xc8\x84Jb\x8cA\x97\x80BZ"

@case PFCOUNT changes the encoding
> PFADD h a
< :1
> GET h
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80q\xa6\x84NW"
> SET c "HYLL\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00q\xa6\x84NW" KEEPTTL
< +OK
> OBJECT ENCODING c
< "embstr"
> PFCOUNT c
< :1
> OBJECT ENCODING c
< "raw"
> SET c "HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00q\xa6\x84NW"
< +OK
> PFCOUNT c
< :7
> PFADD c a
< :0
> PFCOUNT c
< :7
> PFCOUNT c h
< :1

@case PFCOUNT errors
> PFCOUNT
< !"ERR wrong number of arguments for 'pfcount' command"
> SET s x
< +OK
> PFADD h a
< :1
> PFCOUNT s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFCOUNT h s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFCOUNT missing s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> ZADD z 1 a
< :1
> PFCOUNT z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> PFCOUNT h z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> PFCOUNT s z
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFCOUNT z s
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case PFMERGE
> PFADD a 1 2 3
< :1
> PFADD b 3 4 5
< :1
> PFMERGE d a b
< +OK
> PFCOUNT d
< :5
> GET d
< "HYLL\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00A\xee\x84H#\x80SQ\x80Mt\x80Q,\x8cC\xf3"
> PFMERGE d a
< +OK
> GET d
< "HYLL\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x80A\xee\x84H#\x80SQ\x80Mt\x80Q,\x8cC\xf3"
> PFMERGE d
< +OK
> GET d
< "HYLL\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x80A\xee\x84H#\x80SQ\x80Mt\x80Q,\x8cC\xf3"
> PFMERGE n
< +OK
> GET n
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
> PFMERGE n missing
< +OK
> GET n
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
> PFMERGE a a a
< +OK
> GET a
< "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80]f\x80Mt\x80Q,\x8cC\xf3"
> EXPIREAT d 33177117420
< :1
> PFMERGE d a
< +OK
> EXPIRETIME d
< :33177117420

@case PFMERGE with a dense source
> PFADD a 1 2 3
< :1
> PFADD b 3 4 5
< :1
> PFDEBUG TODENSE b
< :1
> PFMERGE d a b
< +OK
> PFDEBUG ENCODING d
< +dense
> STRLEN d
< :12304
> PFCOUNT d
< :5
> PFMERGE a b
< +OK
> PFDEBUG ENCODING a
< +dense
> PFCOUNT a
< :5
> PFDEBUG ENCODING b
< +dense

@case PFMERGE errors
> PFMERGE
< !"ERR wrong number of arguments for 'pfmerge' command"
> SET s x
< +OK
> PFADD h a
< :1
> PFMERGE s h
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFMERGE h s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFMERGE d h s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> EXISTS d
< :0
> ZADD z 1 a
< :1
> PFMERGE z h
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> PFMERGE h z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> PFMERGE missing z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> EXISTS missing
< :0

@case PFDEBUG
> PFADD h a b c d e f g a1 a2 a3
< :1
> PFDEBUG DECODE h
< "Z:1646 v:1,1 Z:464 v:2,1 Z:5180 v:1,1 Z:152 v:1,1 Z:932 v:2,1 z:57 v:1,1 Z:531 v:1,1 Z:3742 v:2,1 Z:2445 v:1,1 Z:622 v:1,1 Z:603"
> PFDEBUG decode h
< "Z:1646 v:1,1 Z:464 v:2,1 Z:5180 v:1,1 Z:152 v:1,1 Z:932 v:2,1 z:57 v:1,1 Z:531 v:1,1 Z:3742 v:2,1 Z:2445 v:1,1 Z:622 v:1,1 Z:603"
> PFDEBUG ENCODING h
< +sparse
> PFDEBUG TODENSE h
< :1
> PFDEBUG TODENSE h
< :0
> PFDEBUG ENCODING h
< +dense
> PFDEBUG DECODE h
< !"ERR HLL encoding is not sparse"
> STRLEN h
< :12304
> PFCOUNT h
< :10

@case PFDEBUG errors
> PFDEBUG
< !"ERR wrong number of arguments for 'pfdebug' command"
> PFDEBUG DECODE
< !"ERR wrong number of arguments for 'pfdebug' command"
> PFDEBUG DECODE h x
< !"ERR wrong number of arguments for 'pfdebug' command"
> PFDEBUG DECODE missing
< !"ERR The specified key does not exist"
> PFDEBUG BAD missing
< !"ERR The specified key does not exist"
> PFADD h a
< :1
> PFDEBUG BAD h
< !"ERR Unknown PFDEBUG subcommand 'BAD'"
> PFDEBUG "" h
< !"ERR Unknown PFDEBUG subcommand ''"
> SET s x
< +OK
> PFDEBUG BAD s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> PFDEBUG GETREG s
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> ZADD z 1 a
< :1
> PFDEBUG GETREG z
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> PFSELFTEST
< +OK
> PFSELFTEST x
< !"ERR wrong number of arguments for 'pfselftest' command"

@case runs of sparse values join and split
> SET h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
< +OK
> PFADD h a b c d e f g h i j k l m n o p q r s t u v w x y z
< :1
> PFDEBUG DECODE h
< "Z:1094 v:4,1 Z:551 v:1,1 Z:138 v:3,1 Z:1769 v:6,1 Z:374 v:2,1 Z:237 v:2,1 z:15 v:1,1 Z:197 v:2,1 Z:1169 v:6,1 Z:1127 v:1,1 Z:611 v:1,1 Z:1085 v:2,1 z:57 v:1,1 Z:144 v:1,1 Z:429 v:1,1 Z:2002 v:1,1 Z:945 v:1,1 Z:750 v:2,1 Z:509 v:4,1 Z:916 v:2,1 Z:793 v:3,1 Z:224 v:1,1 Z:622 v:1,1 Z:465 v:1,1 Z:127 v:2,1 z:9"
> SETRANGE h 16 "\x80\x83\x84\x3f"
< :90
> PFDEBUG DECODE h
< "v:1,1 v:1,4 v:2,1 z:64 z:39 v:1,1 Z:138 v:3,1 Z:1769 v:6,1 Z:374 v:2,1 Z:237 v:2,1 z:15 v:1,1 Z:197 v:2,1 Z:1169 v:6,1 Z:1127 v:1,1 Z:611 v:1,1 Z:1085 v:2,1 z:57 v:1,1 Z:144 v:1,1 Z:429 v:1,1 Z:2002 v:1,1 Z:945 v:1,1 Z:750 v:2,1 Z:509 v:4,1 Z:916 v:2,1 Z:793 v:3,1 Z:224 v:1,1 Z:622 v:1,1 Z:465 v:1,1 Z:127 v:2,1 z:9"

@case hll-sparse-max-bytes
> CONFIG SET hll-sparse-max-bytes 30
< +OK
> PFADD h a
< :1
> PFDEBUG ENCODING h
< +sparse
> PFADD h b
< :1
> PFADD h c
< :1
> STRLEN h
< :27
> PFADD h d
< :1
> STRLEN h
< :30
> PFDEBUG ENCODING h
< +sparse
> PFADD h e
< :1
> PFDEBUG ENCODING h
< +dense
> PFCOUNT h
< :5
> CONFIG SET hll-sparse-max-bytes 0
< +OK
> PFADD n
< :1
> PFDEBUG ENCODING n
< +sparse
> PFADD n a
< :1
> PFDEBUG ENCODING n
< +dense
> PFADD a 1
< :1
> PFADD b 2
< :1
> PFMERGE d a b
< +OK
> PFDEBUG ENCODING d
< +dense
> CONFIG SET hll-sparse-max-bytes 3000
< +OK

@case values that are no HyperLogLogs
> SET k "HYLL"
< +OK
> PFCOUNT k
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
< +OK
> PFADD k a
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET k "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
< +OK
> PFCOUNT k
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET k "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
< +OK
> PFCOUNT k
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET k "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
< +OK
> SETRANGE k 12304 "\x00"
< :12305
> PFCOUNT k
< !"WRONGTYPE Key is not a valid HyperLogLog string value."
> SET k "hyll\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
< +OK
> PFCOUNT k
< !"WRONGTYPE Key is not a valid HyperLogLog string value."

@case corrupt values
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
< +OK
> PFCOUNT k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFADD k a
< !"INVALIDOBJ Corrupted HLL object detected"
> PFADD k
< :0
> PFDEBUG DECODE k
< ""
> PFDEBUG TODENSE k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFDEBUG GETREG k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFMERGE k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFCOUNT missing k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFMERGE d k
< !"INVALIDOBJ Corrupted HLL object detected"
> EXISTS d
< :0
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe"
< +OK
> PFCOUNT k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFDEBUG TODENSE k
< !"INVALIDOBJ Corrupted HLL object detected"
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x00"
< +OK
> PFCOUNT k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFDEBUG DECODE k
< "Z:16384 z:1"
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x7f\xff"
< +OK
> PFCOUNT k
< !"INVALIDOBJ Corrupted HLL object detected"
> SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe\x83"
< +OK
> PFCOUNT k
< !"INVALIDOBJ Corrupted HLL object detected"
> PFMERGE k
< !"INVALIDOBJ Corrupted HLL object detected"
> SET k "HYLL\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x7f\xfe"
< +OK
> PFCOUNT k
< :5
> PFCOUNT k missing
< !"INVALIDOBJ Corrupted HLL object detected"
> SET k "HYLL\x01\x01\x02\x03\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
< +OK
> PFADD k a
< :1
> GET k
< "HYLL\x01\x01\x02\x03\x00\x00\x00\x00\x00\x00\x00\x80q\xa6\x84NW"

@case dense values of absurd registers
> SETBIT z 98303 0
< :0
> BITOP NOT z z
< :12288
> SET k "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
< +OK
> SETRANGE k 12303 "\xff"
< :12304
> BITOP OR k k z
< :12304
> SETRANGE k 0 "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
< :12304
> PFCOUNT k
< :10179508
> PFADD k a
< :0
> PFCOUNT k missing
< :10179508
> SET k "HYLL\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f"
< +OK
> SETRANGE k 12303 "\x00"
< :12304
> PFCOUNT k
< :9223372036854775807
> PFADD k a
< :1
> PFCOUNT k
< :1
> SET k "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\{12288*a}"
< +OK
> PFCOUNT k
< :1512761
