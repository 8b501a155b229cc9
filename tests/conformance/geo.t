# Geo: GEOADD, GEODIST, GEOHASH, GEOPOS, GEOSEARCH, GEOSEARCHSTORE, GEORADIUS and its kin.

@case GEOADD
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> TYPE g
< +zset
> OBJECT ENCODING g
< "listpack"
> ZSCORE g Palermo
< ,3479099956230698
> ZSCORE g Catania
< ,3479447370796909
> GEOADD g 13.361389 38.115556 Palermo
< :0
> GEOADD g 13.5 38.2 Palermo
< :0
> GEOADD g CH 13.6 38.2 Palermo 1 2 New
< :2
> GEOADD g NX CH 14 39 Palermo 3 4 Newer
< :1
> GEOADD g XX 14 39 Palermo 5 6 Newest
< :0
> GEOADD g XX CH 14 39 Palermo 14.1 39 Catania
< :1
> GEOADD g nx ch 1 1 a 1 1 a
< :1
> ZRANGE g 0 -1
< *5 "a" "New" "Newer" "Palermo" "Catania"
> GEOADD missing XX 1 2 a
< :0
> EXISTS missing
< :0
> GEOADD t 1 2 a
< :1
> EXPIREAT t 33177117420
< :1
> GEOADD t 3 4 b
< :1
> EXPIRETIME t
< :33177117420

@case the ends of the map
> GEOADD g 180 85.05112878 a -180 -85.05112878 b 180 -85.05112878 c -180 85.05112878 d 0 0 e -0 -0 f
< :6
> GEOPOS g a b c d
< *4 *2 ,180 ,85.0511287799999991 *2 ,-179.99999731779098511 ,-85.05112751263942528 *2 ,180 ,-85.05112751263942528 *2 ,-179.99999731779098511 ,85.0511287799999991
> GEOHASH g a b c d e f
< *6 "bp05b5048p0" "00bh0hbj200" "00bh0hbj200" "bp05b5048p0" "s0000000000" "s0000000000"
> GEODIST g a b
< "18919844.5891"
> GEODIST g a d
< "0.0257"
> GEODIST g e f
< "0.0000"
> ZSCORE g a
< ,13510798882111488
> ZSCORE g b
< ,0
> ZSCORE g e
< ,3377699720527872

@case GEOADD errors
> GEOADD
< !"ERR wrong number of arguments for 'geoadd' command"
> GEOADD g 1 2
< !"ERR wrong number of arguments for 'geoadd' command"
> GEOADD g 1 2 a 3
< !"ERR syntax error"
> GEOADD g 1 2 a 3 4
< !"ERR syntax error"
> GEOADD g NX 1 2 a 3
< !"ERR syntax error"
> GEOADD g NX XX 1 2 a
< !"ERR syntax error"
> GEOADD g NX XX 1 2
< !"ERR syntax error"
> GEOADD g INCR 1 2 a
< !"ERR syntax error"
> GEOADD g NX
< !"ERR wrong number of arguments for 'geoadd' command"
> GEOADD g x 2 a
< !"ERR value is not a valid float"
> GEOADD g 1 x a
< !"ERR value is not a valid float"
> GEOADD g 200 x a
< !"ERR value is not a valid float"
> GEOADD g 180.0001 0 a
< !"ERR invalid longitude,latitude pair 180.000100,0.000000"
> GEOADD g 0 85.0511288 a
< !"ERR invalid longitude,latitude pair 0.000000,85.051129"
> GEOADD g -181 -86 a
< !"ERR invalid longitude,latitude pair -181.000000,-86.000000"
> GEOADD g nan 0 a
< !"ERR value is not a valid float"
> GEOADD g inf 0 a
< !"ERR invalid longitude,latitude pair inf,0.000000"
> GEOADD g 0 -inf a
< !"ERR invalid longitude,latitude pair 0.000000,-inf"
> GEOADD g 1e400 0 a
< !"ERR value is not a valid float"
> GEOADD g 9223372036854775807 0 a
< !"ERR invalid longitude,latitude pair 9223372036854775808.000000,0.000000"
> GEOADD g 2147483648 4294967296 a
< !"ERR invalid longitude,latitude pair 2147483648.000000,4294967296.000000"
> GEOADD g " 1" 2 a
< !"ERR value is not a valid float"
> GEOADD g "" 2 a
< !"ERR value is not a valid float"
> GEOADD g 1 2 a 200 1 b
< !"ERR invalid longitude,latitude pair 200.000000,1.000000"
> GEOADD g 1 2 a x 1 b
< !"ERR value is not a valid float"
> EXISTS g
< :0
> GEOADD g 0x10 1e1 a
< :1
> GEOPOS g a
< *1 *2 ,16.00000172853469849 ,10.00000092823272979
> SET s x
< +OK
> GEOADD s 1 2 a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOADD s 200 2 a
< !"ERR invalid longitude,latitude pair 200.000000,2.000000"
> GEOADD s x 2 a
< !"ERR value is not a valid float"

@case GEOPOS and GEOHASH
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> GEOPOS g Palermo missing Catania
< *3 *2 ,13.36138933897018433 ,38.11555639549629859 nil* *2 ,15.08726745843887329 ,37.50266842333162032
> GEOPOS g
< *0
> GEOPOS missing a b
< *2 nil* nil*
> GEOPOS missing
< *0
> GEOHASH g Palermo missing Catania
< *3 "sqc8b49rny0" nil "sqdtr74hyu0"
> GEOHASH g
< *0
> GEOHASH missing a
< *1 nil
> GEOPOS
< !"ERR wrong number of arguments for 'geopos' command"
> GEOHASH
< !"ERR wrong number of arguments for 'geohash' command"
> SET s x
< +OK
> GEOPOS s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOPOS s
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOHASH s a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case GEODIST
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> GEODIST g Palermo Catania
< "166274.1516"
> GEODIST g Palermo Catania m
< "166274.1516"
> GEODIST g Palermo Catania KM
< "166.2742"
> GEODIST g Palermo Catania ft
< "545518.8700"
> GEODIST g Palermo Catania Mi
< "103.3182"
> GEODIST g Palermo Palermo
< "0.0000"
> GEODIST g Palermo missing
< nil
> GEODIST missing a b
< nil
> GEODIST g Palermo
< !"ERR wrong number of arguments for 'geodist' command"
> GEODIST g Palermo Catania bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEODIST g Palermo Catania ""
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEODIST g Palermo missing bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEODIST missing a b bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEODIST g Palermo Catania km x
< !"ERR syntax error"
> GEODIST g Palermo Catania bad x
< !"ERR syntax error"
> SET s x
< +OK
> GEODIST s a b
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEODIST s a b bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"

@case scores that are no places
> ZADD z 1 a 1.5 b 9007199254740993 c -1 d inf e -inf f 1e300 h 4503599627370495 i 4503599627370496 j
< :9
> GEOPOS z a b c d e f h i j
< *9 *2 ,-179.99999731779098511 ,-85.05112497791824921 *2 ,-179.99999731779098511 ,-85.05112497791824921 *2 ,180 ,-85.05112751263942528 *2 ,180 ,85.0511287799999991 *2 ,-179.99999731779098511 ,-85.05112751263942528 *2 ,180 ,-85.05112751263942528 *2 ,-179.99999731779098511 ,-85.05112751263942528 *2 ,179.99999731779098511 ,85.05112751263942528 *2 ,-179.99999731779098511 ,85.0511287799999991
> GEOHASH z a b c d e f h i j
< *9 "00bh0hbj210" "00bh0hbj210" "00bh0hbj200" "bp05b5048p0" "00bh0hbj200" "00bh0hbj200" "00bh0hbj200" "zzpgzgpfxz0" "bp05b5048p0"
> GEODIST z a c
< "0.2831"
> GEODIST z e f
< "0.0257"
> GEOSEARCH z FROMMEMBER a BYRADIUS 100 km WITHHASH WITHDIST
< *2 *3 "a" "0.0000" :1 *3 "b" "0.0000" :1
> GEOSEARCH z FROMMEMBER e BYRADIUS 100 km WITHHASH WITHDIST
< *2 *3 "a" "0.0003" :1 *3 "b" "0.0003" :1
> GEOSEARCH z FROMMEMBER d BYRADIUS 100000 km WITHHASH WITHDIST
< *1 *3 "i" "0.0001" :4503599627370495

@case GEOSEARCH
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.24151 38.788135 edge2
< :4
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC
< *2 "Catania" "Palermo"
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km DESC
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC
< *4 "Catania" "Palermo" "edge2" "edge1"
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST WITHHASH
< *4 *4 "Catania" "56.4413" :3479447370796909 *2 ,15.08726745843887329 ,37.50266842333162032 *4 "Palermo" "190.4424" :3479099956230698 *2 ,13.36138933897018433 ,38.11555639549629859 *4 "edge2" "279.7403" :3481342659049484 *2 ,17.24151045083999634 ,38.78813451624225195 *4 "edge1" "279.7405" :3479273021651468 *2 ,12.7584877610206604 ,38.78813451624225195
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHHASH
< *4 *2 "Catania" :3479447370796909 *2 "Palermo" :3479099956230698 *2 "edge2" :3481342659049484 *2 "edge1" :3479273021651468
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC WITHDIST
< *4 *2 "edge1" "279.7405" *2 "edge2" "279.7403" *2 "Palermo" "190.4424" *2 "Catania" "56.4413"
> GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD COUNT 1
< *1 *2 "Catania" *2 ,15.08726745843887329 ,37.50266842333162032
> GEOSEARCH g fromlonlat 15 37 bybox 248.5 248.5 mi asc withdist
< *4 *2 "Catania" "35.0711" *2 "Palermo" "118.3357" *2 "edge2" "173.8230" *2 "edge1" "173.8231"
> GEOSEARCH g BYRADIUS 200000 M FROMMEMBER Palermo WITHDIST ASC
< *3 *2 "Palermo" "0.0000" *2 "edge1" "91400.6586" *2 "Catania" "166274.1516"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 656168 ft WITHDIST ASC
< *3 *2 "Palermo" "0.0000" *2 "edge1" "299870.9272" *2 "Catania" "545518.8700"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 2
< *2 "Palermo" "edge1"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 2 DESC
< *2 "edge2" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 2 ANY
< *2 "Palermo" "edge1"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km ANY COUNT 2 ASC
< *2 "Palermo" "edge1"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 9223372036854775807
< *4 "Palermo" "edge1" "Catania" "edge2"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km COUNT 1 COUNT 3
< *3 "Palermo" "edge1" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 400 km ASC DESC
< *4 "edge2" "Catania" "edge1" "Palermo"
> GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 0 m
< *1 "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 0 km
< *1 "Palermo"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 0 0 km
< *1 "Palermo"
> GEOSEARCH g FROMLONLAT -70 -30 BYRADIUS 10 km WITHDIST
< *0
> GEOSEARCH g FROMLONLAT -70 -30 BYRADIUS 100000 km ASC
< *4 "edge1" "Palermo" "Catania" "edge2"
> GEOSEARCH missing FROMLONLAT 1 2 BYRADIUS 1 km
< *0
> GEOSEARCH missing FROMMEMBER a BYRADIUS 1 km
< *0

@case GEOSEARCH across the edges of the map
> GEOADD g 179.9 0.1 east -179.9 0.1 west 0 84.9 north 100 84.9 north2 20 -84.9 south -160 -84.9 south2
< :6
> GEOSEARCH g FROMLONLAT 180 0 BYRADIUS 100 km ASC WITHDIST
< *1 *2 "east" "15.7299"
> GEOSEARCH g FROMLONLAT -180 0 BYBOX 100 100 km ASC WITHDIST
< *2 *2 "east" "15.7299" *2 "west" "15.7299"
> GEOSEARCH g FROMMEMBER north BYRADIUS 1000 km ASC WITHDIST
< *2 *2 "north" "0.0000" *2 "north2" "868.6088"
> GEOSEARCH g FROMMEMBER south BYRADIUS 1500 km ASC WITHDIST
< *2 *2 "south" "0.0000" *2 "south2" "1134.5083"
> GEOSEARCH g FROMMEMBER south BYBOX 3000 3000 km DESC WITHDIST
< *2 *2 "south2" "1134.5083" *2 "south" "0.0000"
> GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 30000 km ASC
< *6 "north" "south" "north2" "south2" "east" "west"

@case GEOSEARCH absurd sizes
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS inf km
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1e300 km
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1e-300 m
< *1 "Palermo"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS -0 m
< *1 "Palermo"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 9223372036854775807 km
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 9223372036854775808 m
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 4294967296 ft
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 2147483648 m
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS -9223372036854775808 m
< !"ERR radius cannot be negative"
> GEOSEARCH g FROMMEMBER Palermo BYBOX inf inf km
< *2 "Palermo" "Catania"
> GEOSEARCH g FROMMEMBER Palermo BYBOX inf 1 km
< *1 "Palermo"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1e300 km
< *1 "Palermo"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1e400 km
< !"ERR need numeric radius"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS nan km
< !"ERR need numeric radius"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS -inf km
< !"ERR radius cannot be negative"

@case GEOSEARCH errors
> GEOADD g 13.361389 38.115556 Palermo
< :1
> GEOSEARCH g
< !"ERR wrong number of arguments for 'geosearch' command"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1
< !"ERR wrong number of arguments for 'geosearch' command"
> GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200
< !"ERR syntax error"
> GEOSEARCH g FROMLONLAT 1 2 BYBOX 1 2
< !"ERR syntax error"
> GEOSEARCH g FROMLONLAT 1 2 3 4 5 6
< !"ERR syntax error"
> GEOSEARCH g ASC ASC ASC DESC FROMMEMBER
< !"ERR syntax error"
> GEOSEARCH g FROMMEMBER missing BYRADIUS x km
< !"ERR could not decode requested zset member"
> GEOSEARCH g BYRADIUS x km FROMMEMBER missing
< !"ERR need numeric radius"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS -1 km
< !"ERR radius cannot be negative"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS -1 bad
< !"ERR radius cannot be negative"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEOSEARCH g FROMMEMBER Palermo BYBOX x 1 km
< !"ERR need numeric width"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 x km
< !"ERR need numeric height"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 -1 km
< !"ERR height or width cannot be negative"
> GEOSEARCH g FROMMEMBER Palermo BYBOX -1 1 bad
< !"ERR height or width cannot be negative"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 km 5
< !"ERR need numeric height"
> GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 2 BYRADIUS 0 km
< !"ERR syntax error"
> GEOSEARCH g FROMLONLAT 1 2 FROMMEMBER Palermo BYRADIUS 0 km
< !"ERR syntax error"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km
< !"ERR syntax error"
> GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 km BYRADIUS 1 km
< !"ERR syntax error"
> GEOSEARCH g BYRADIUS 0 km ASC ASC
< !"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH"
> geosearch g BYRADIUS 0 km ASC ASC
< !"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch"
> GEOSEARCH g FROMMEMBER Palermo ASC ASC ASC
< !"ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT
< !"ERR syntax error"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT 0
< !"ERR COUNT must be > 0"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT -1
< !"ERR COUNT must be > 0"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT -9223372036854775808
< !"ERR COUNT must be > 0"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT 9223372036854775808
< !"ERR value is not an integer or out of range"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT x
< !"ERR value is not an integer or out of range"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km ANY
< !"ERR the ANY argument requires COUNT argument"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STORE d
< !"ERR syntax error"
> GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STOREDIST
< !"ERR syntax error"
> GEOSEARCH g FROMLONLAT 181 2 BYRADIUS 1 km
< !"ERR invalid longitude,latitude pair 181.000000,2.000000"
> GEOSEARCH g FROMLONLAT 1 86 BYRADIUS 1 km
< !"ERR invalid longitude,latitude pair 1.000000,86.000000"
> GEOSEARCH g FROMLONLAT x 86 BYRADIUS 1 km
< !"ERR value is not a valid float"
> GEOSEARCH missing FROMLONLAT 1 x BYRADIUS 1 km
< !"ERR value is not a valid float"
> GEOSEARCH missing FROMMEMBER a BYRADIUS 1 bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEOSEARCH missing FROMMEMBER a BYRADIUS 1 km COUNT 0
< !"ERR COUNT must be > 0"
> GEOSEARCH missing FROMMEMBER a BYRADIUS 1 km ANY
< !"ERR the ANY argument requires COUNT argument"
> GEOSEARCH missing ASC ASC ASC ASC ASC
< !"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH"
> SET s x
< +OK
> GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOSEARCH s FROMLONLAT 1 x BYRADIUS 1 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOSEARCH s FROMMEMBER x BYRADIUS 1 bad
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case GEOSEARCHSTORE
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.24151 38.788135 edge2
< :4
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km
< :2
> ZRANGE d 0 -1
< *2 "Palermo" "Catania"
> ZSCORE d Catania
< ,3479447370796909
> OBJECT ENCODING d
< "listpack"
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST
< :2
> ZRANGE d 0 -1
< *2 "Catania" "Palermo"
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYBOX 400 400 km ASC COUNT 1
< :1
> ZRANGE d 0 -1
< *1 "Palermo"
> EXPIREAT d 33177117420
< :1
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYBOX 400 400 km COUNT 2 ANY
< :2
> ZCARD d
< :2
> TTL d
< :-1
> GEOSEARCHSTORE d g FROMLONLAT 100 37 BYRADIUS 1 km
< :0
> EXISTS d
< :0
> SET d x
< +OK
> GEOSEARCHSTORE d g FROMLONLAT 100 37 BYRADIUS 1 km
< :0
> EXISTS d
< :0
> SET d x
< +OK
> GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km
< :2
> TYPE d
< +zset
> GEOSEARCHSTORE d missing FROMMEMBER a BYRADIUS 1 km
< :0
> EXISTS d
< :0
> GEOSEARCHSTORE g g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1
< :1
> ZRANGE g 0 -1
< *1 "Catania"

@case GEOSEARCHSTORE errors
> GEOADD g 13.361389 38.115556 Palermo
< :1
> GEOSEARCHSTORE d g
< !"ERR wrong number of arguments for 'geosearchstore' command"
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km WITHDIST
< !"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km WITHHASH STOREDIST
< !"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEOSEARCHSTORE d g ASC ASC ASC ASC WITHCOORD
< !"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEOSEARCHSTORE d g ASC ASC ASC ASC ASC
< !"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCHSTORE"
> GeoSearchStore d g FROMMEMBER Palermo ASC ASC ASC
< !"ERR exactly one of BYRADIUS and BYBOX can be specified for GeoSearchStore"
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km STORE x
< !"ERR syntax error"
> GEOSEARCHSTORE d g FROMMEMBER missing BYRADIUS 1 km
< !"ERR could not decode requested zset member"
> GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km ANY
< !"ERR the ANY argument requires COUNT argument"
> EXISTS d
< :0
> SET s x
< +OK
> GEOSEARCHSTORE d s FROMLONLAT 1 1 BYRADIUS 1 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEOSEARCHSTORE s g FROMLONLAT x 1 BYRADIUS 1 km
< !"ERR value is not a valid float"
> GET s
< "x"

@case GEORADIUS
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> GEORADIUS g 15 37 200 km
< *2 "Palermo" "Catania"
> GEORADIUS g 15 37 200 km ASC WITHDIST WITHHASH WITHCOORD
< *2 *4 "Catania" "56.4413" :3479447370796909 *2 ,15.08726745843887329 ,37.50266842333162032 *4 "Palermo" "190.4424" :3479099956230698 *2 ,13.36138933897018433 ,38.11555639549629859
> GEORADIUS g 15 37 200 km COUNT 1
< *1 "Catania"
> GEORADIUS g 15 37 200 km COUNT 1 ANY
< *1 "Palermo"
> GEORADIUS g 15 37 200 KM DESC COUNT 1
< *1 "Palermo"
> GEORADIUS_RO g 15 37 100 mi WITHDIST
< *1 *2 "Catania" "35.0711"
> GEORADIUS g 15 37 200 km STORE d
< :2
> ZRANGE d 0 -1
< *2 "Palermo" "Catania"
> ZSCORE d Catania
< ,3479447370796909
> GEORADIUS g 15 37 200 km STORE d STOREDIST e
< :2
> EXISTS d e
< :2
> ZRANGE e 0 -1
< *2 "Catania" "Palermo"
> GEORADIUS g 15 37 200 km STOREDIST d STORE e
< :2
> ZRANGE e 0 -1
< *2 "Palermo" "Catania"
> ZSCORE e Catania
< ,3479447370796909
> GEORADIUS g 100 37 1 km STORE d
< :0
> EXISTS d
< :0
> GEORADIUS missing 15 37 200 km
< *0
> GEORADIUS missing 15 37 200 km STORE e
< :0
> EXISTS e
< :0
> GEORADIUS_RO missing 15 37 200 km
< *0

@case GEORADIUS errors
> GEOADD g 13.361389 38.115556 Palermo
< :1
> GEORADIUS g 15 37 200
< !"ERR wrong number of arguments for 'georadius' command"
> GEORADIUS g x 37 -1 km
< !"ERR value is not a valid float"
> GEORADIUS g 15 x -1 km
< !"ERR value is not a valid float"
> GEORADIUS g 15 137 -1 km
< !"ERR invalid longitude,latitude pair 15.000000,137.000000"
> GEORADIUS g 15 37 x bad
< !"ERR need numeric radius"
> GEORADIUS g 15 37 -1 bad
< !"ERR radius cannot be negative"
> GEORADIUS g 15 37 200 bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEORADIUS g 15 37 200 km BAD
< !"ERR syntax error"
> GEORADIUS g 15 37 200 km COUNT 0
< !"ERR COUNT must be > 0"
> GEORADIUS g 15 37 200 km COUNT x
< !"ERR value is not an integer or out of range"
> GEORADIUS g 15 37 200 km ANY
< !"ERR the ANY argument requires COUNT argument"
> GEORADIUS g 15 37 200 km STORE
< !"ERR syntax error"
> GEORADIUS g 15 37 200 km STORE d WITHDIST
< !"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEORADIUS g 15 37 200 km ANY STOREDIST d WITHHASH
< !"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEORADIUS g 15 37 200 km BYRADIUS 1 km
< !"ERR syntax error"
> GEORADIUS g 15 37 200 km FROMMEMBER Palermo
< !"ERR syntax error"
> GEORADIUS_RO g 15 37 200 km STORE d
< !"ERR syntax error"
> GEORADIUS_RO g 15 37 200 km STOREDIST d
< !"ERR syntax error"
> GEORADIUS missing x 37 200 km
< !"ERR value is not a valid float"
> GEORADIUS missing 15 37 200 km BAD
< !"ERR syntax error"
> GEORADIUS missing 15 37 200 km ANY
< !"ERR the ANY argument requires COUNT argument"
> GEORADIUS missing 15 37 200 km STORE d WITHDIST
< !"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> SET s x
< +OK
> GEORADIUS s 15 37 200 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEORADIUS s x 37 200 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEORADIUS_RO s x 37 200 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"

@case GEORADIUSBYMEMBER
> GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
< :2
> GEORADIUSBYMEMBER g Palermo 200 km
< *2 "Palermo" "Catania"
> GEORADIUSBYMEMBER g Palermo 200 km DESC WITHDIST
< *2 *2 "Catania" "166.2742" *2 "Palermo" "0.0000"
> GEORADIUSBYMEMBER_RO g Palermo 100 km WITHCOORD WITHHASH
< *1 *3 "Palermo" :3479099956230698 *2 ,13.36138933897018433 ,38.11555639549629859
> GEORADIUSBYMEMBER g Palermo 200 km STORE d
< :2
> ZCARD d
< :2
> GEORADIUSBYMEMBER missing a 200 km
< *0
> GEORADIUSBYMEMBER missing a 200 km STORE d
< :0
> EXISTS d
< :0
> GEORADIUSBYMEMBER missing a x bad
< *0
> GEORADIUSBYMEMBER missing a 200 km BAD
< !"ERR syntax error"
> GEORADIUSBYMEMBER g Palermo 200
< !"ERR wrong number of arguments for 'georadiusbymember' command"
> GEORADIUSBYMEMBER g Palermo 200 bad
< !"ERR unsupported unit provided. please use M, KM, FT, MI"
> GEORADIUSBYMEMBER g Palermo -1 km
< !"ERR radius cannot be negative"
> GEORADIUSBYMEMBER g missing x bad
< !"ERR could not decode requested zset member"
> GEORADIUSBYMEMBER g missing 200 km BAD
< !"ERR could not decode requested zset member"
> GEORADIUSBYMEMBER g Palermo 200 km STORE d WITHDIST
< !"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
> GEORADIUSBYMEMBER_RO g Palermo 200 km STORE d
< !"ERR syntax error"
> SET s x
< +OK
> GEORADIUSBYMEMBER s Palermo 200 km
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> GEORADIUSBYMEMBER_RO s Palermo 200 bad
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
