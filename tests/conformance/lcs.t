# LCS.

@case LCS
> MSET a ohmytext b mynewtext
< +OK
> LCS a b
< "mytext"
> LCS b a
< "mytext"
> LCS a b LEN
< :6
> LCS a a
< "ohmytext"
> LCS a missing
< ""
> LCS missing missing
< ""
> LCS missing missing2 LEN
< :0
> LCS a missing LEN
< :0

@case LCS IDX
> MSET a ohmytext b mynewtext
< +OK
> LCS a b IDX
< %2 "matches" *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 "len" :6
> LCS a b IDX MINMATCHLEN 4
< %2 "matches" *1 *2 *2 :4 :7 *2 :5 :8 "len" :6
> LCS a b IDX WITHMATCHLEN
< %2 "matches" *2 *3 *2 :4 :7 *2 :5 :8 :4 *3 *2 :2 :3 *2 :0 :1 :2 "len" :6
> LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
< %2 "matches" *1 *3 *2 :4 :7 *2 :5 :8 :4 "len" :6
> LCS a b IDX MINMATCHLEN 0
< %2 "matches" *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 "len" :6
> LCS a b IDX MINMATCHLEN -5
< %2 "matches" *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 "len" :6
> LCS a b IDX MINMATCHLEN 100
< %2 "matches" *0 "len" :6
> LCS a b idx minmatchlen 4 withmatchlen
< %2 "matches" *1 *3 *2 :4 :7 *2 :5 :8 :4 "len" :6
> LCS a missing IDX
< %2 "matches" *0 "len" :0
> LCS missing missing IDX WITHMATCHLEN
< %2 "matches" *0 "len" :0
> LCS b a IDX WITHMATCHLEN
< %2 "matches" *2 *3 *2 :5 :8 *2 :4 :7 :4 *3 *2 :0 :1 *2 :2 :3 :2 "len" :6

@case LCS options
> MSET a ohmytext b mynewtext
< +OK
> LCS a b WITHMATCHLEN
< "mytext"
> LCS a b MINMATCHLEN 4
< "mytext"
> LCS a b LEN MINMATCHLEN 4
< :6
> LCS a b LEN WITHMATCHLEN
< :6
> LCS a b LEN LEN
< :6
> LCS a b IDX IDX
< %2 "matches" *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 "len" :6
> LCS a b IDX LEN
< !"ERR If you want both the length and indexes, please just use IDX."
> LCS a b LEN IDX
< !"ERR If you want both the length and indexes, please just use IDX."
> LCS a b garbage
< !"ERR syntax error"
> LCS a b MINMATCHLEN
< !"ERR syntax error"
> LCS a b MINMATCHLEN abc
< !"ERR value is not an integer or out of range"
> LCS a b MINMATCHLEN 1.5
< !"ERR value is not an integer or out of range"
> LCS a b IDX MINMATCHLEN 9223372036854775808
< !"ERR value is not an integer or out of range"
> LCS a b IDX MINMATCHLEN 9223372036854775807
< %2 "matches" *0 "len" :6
> LCS a b IDX garbage
< !"ERR syntax error"
> LCS
< !"ERR wrong number of arguments for 'lcs' command"
> LCS a
< !"ERR wrong number of arguments for 'lcs' command"

@case LCS of other contents
> MSET x "" y abc
< +OK
> LCS x y
< ""
> LCS x y LEN
< :0
> LCS x y IDX
< %2 "matches" *0 "len" :0
> MSET n 12345 m 2468
< +OK
> LCS n m
< "24"
> LCS n m IDX WITHMATCHLEN
< %2 "matches" *2 *3 *2 :3 :3 *2 :1 :1 :1 *3 *2 :1 :1 *2 :0 :0 :1 "len" :2
> MSET p "\x00a\x00b" q "\x00\x00b"
< +OK
> LCS p q
< "\x00\x00b"
> LCS p q IDX WITHMATCHLEN
< %2 "matches" *2 *3 *2 :2 :3 *2 :1 :2 :2 *3 *2 :0 :0 *2 :0 :0 :1 "len" :3
> MSET r abcabcabc s abc
< +OK
> LCS r s
< "abc"
> LCS r s IDX WITHMATCHLEN
< %2 "matches" *1 *3 *2 :6 :8 *2 :0 :2 :3 "len" :3
> LCS s r IDX WITHMATCHLEN
< %2 "matches" *1 *3 *2 :0 :2 *2 :6 :8 :3 "len" :3
> MSET t aXbXcXd u aYbYcYd
< +OK
> LCS t u IDX WITHMATCHLEN
< %2 "matches" *4 *3 *2 :6 :6 *2 :6 :6 :1 *3 *2 :4 :4 *2 :4 :4 :1 *3 *2 :2 :2 *2 :2 :2 :1 *3 *2 :0 :0 *2 :0 :0 :1 "len" :4
> LCS t u IDX WITHMATCHLEN MINMATCHLEN 2
< %2 "matches" *0 "len" :4
> MSET v "\{300*ab}" w "\{300*ba}"
< +OK
> LCS v w LEN
< :599
> LCS v w IDX WITHMATCHLEN
< %2 "matches" *1 *3 *2 :1 :599 *2 :0 :598 :599 "len" :599
