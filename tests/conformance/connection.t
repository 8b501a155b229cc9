# PING, ECHO, SELECT, HELLO, RESET, QUIT, CLIENT.

@case PING and ECHO
> PING
< +PONG
> PING hello
< "hello"
> PING "a\x00b\r\n"
< "a\x00b\r\n"
> PING ""
< ""
> PING a b
< !"ERR wrong number of arguments for 'ping' command"
> ping
< +PONG
> ECHO hello
< "hello"
> ECHO ""
< ""
> ECHO "a\x00b"
< "a\x00b"
> ECHO
< !"ERR wrong number of arguments for 'echo' command"
> ECHO a b
< !"ERR wrong number of arguments for 'echo' command"

@case SELECT
> SELECT 0
< +OK
> SELECT 15
< +OK
> SET k 15
< +OK
> SELECT 3
< +OK
> GET k
< nil
> SELECT 15
< +OK
> GET k
< "15"
> SELECT 16
< !"ERR DB index is out of range"
> SELECT -1
< !"ERR DB index is out of range"
> SELECT abc
< !"ERR value is not an integer or out of range"
> SELECT 1.5
< !"ERR value is not an integer or out of range"
> SELECT ""
< !"ERR value is not an integer or out of range"
> SELECT 9223372036854775808
< !"ERR value is not an integer or out of range"
> SELECT 4294967296
< !"ERR value is out of range, value must between -2147483648 and 2147483647"
> SELECT 2147483648
< !"ERR value is out of range, value must between -2147483648 and 2147483647"
> GET k
< "15"
> SELECT
< !"ERR wrong number of arguments for 'select' command"
> SELECT 0 1
< !"ERR wrong number of arguments for 'select' command"

@case clients have their own database
> SELECT 1
< +OK
a> SET k zero
a< +OK
> GET k
< nil
a> GET k
a< "zero"
> SET k one
< +OK
a> GET k
a< "zero"

@case unknown commands
> NOSUCH
< !"ERR unknown command 'NOSUCH', with args beginning with: "
> NOSUCH a b c
< !"ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' 'c' "
> nosuch "with space" "it" s
< !"ERR unknown command 'nosuch', with args beginning with: 'with space' 'it' 's' "
> "no\r\nsuch" a
< !"ERR unknown command 'no  such', with args beginning with: 'a' "
> NOSUCH "a\r\nb\x00c"
< !"ERR unknown command 'NOSUCH', with args beginning with: 'a  b' "
> ""
< !"ERR unknown command '', with args beginning with: "
> NOSUCH "\{200*x}" y
< !"ERR unknown command 'NOSUCH', with args beginning with: '\{128*x}' "
> "\{200*x}" "\{200*y}" z
< !"ERR unknown command '\{128*x}', with args beginning with: '\{128*y}' "
> NOSUCH a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z
< !"ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' 'c' 'd' 'e' 'f' 'g' 'h' 'i' 'j' 'k' 'l' 'm' 'n' 'o' 'p' 'q' 'r' 's' 't' 'u' 'v' 'w' 'x' 'y' 'z' 'a' 'b' 'c' 'd' 'e' 'f' "
> GE
< !"ERR unknown command 'GE', with args beginning with: "
> GETT
< !"ERR unknown command 'GETT', with args beginning with: "
> "GET " k
< !"ERR unknown command 'GET ', with args beginning with: 'k' "
> GET|x k
< !"ERR unknown command 'GET|x', with args beginning with: 'k' "
> CONFIG|GET x
< !"ERR unknown command 'CONFIG|GET', with args beginning with: 'x' "

@case unknown subcommands
> CLIENT nosuch
< !"ERR unknown subcommand 'nosuch'. Try CLIENT HELP."
> CLIENT nosuch a b
< !"ERR unknown subcommand 'nosuch'. Try CLIENT HELP."
> CONFIG nosuch
< !"ERR unknown subcommand 'nosuch'. Try CONFIG HELP."
> COMMAND nosuch
< !"ERR unknown subcommand 'nosuch'. Try COMMAND HELP."
> OBJECT "no\r\nsuch" x
< !"ERR unknown subcommand 'no  such'. Try OBJECT HELP."
> MEMORY nosuch
< !"ERR unknown subcommand 'nosuch'. Try MEMORY HELP."
> CLIENT
< !"ERR wrong number of arguments for 'client' command"
> CONFIG
< !"ERR wrong number of arguments for 'config' command"
> CLIENT "\{200*x}"
< !"ERR unknown subcommand '\{128*x}'. Try CLIENT HELP."

@case HELLO
@resp2
> HELLO
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :2 "id" :? "mode" "standalone" "role" "master" "modules" *0
> HELLO 2
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :2 "id" :? "mode" "standalone" "role" "master" "modules" *0
> HELLO 3
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :3 "id" :? "mode" "standalone" "role" "master" "modules" *0
> GET missing
< nil
> HELLO
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :3 "id" :? "mode" "standalone" "role" "master" "modules" *0
> HELLO 1
< !"NOPROTO unsupported protocol version"
> HELLO 4
< !"NOPROTO unsupported protocol version"
> HELLO 0
< !"NOPROTO unsupported protocol version"
> HELLO -1
< !"NOPROTO unsupported protocol version"
> HELLO abc
< !"ERR Protocol version is not an integer or out of range"
> HELLO ""
< !"ERR Protocol version is not an integer or out of range"
> HELLO 3.0
< !"ERR Protocol version is not an integer or out of range"
> HELLO 99999999999999999999
< !"ERR Protocol version is not an integer or out of range"
> HELLO 3 garbage
< !"ERR Syntax error in HELLO option 'garbage'"
> HELLO 3 SETNAME
< !"ERR Syntax error in HELLO option 'SETNAME'"
> HELLO 3 SETNAME "bad name"
< !"ERR Client names cannot contain spaces, newlines or special characters."
> HELLO 3 AUTH
< !"ERR Syntax error in HELLO option 'AUTH'"
> HELLO 3 AUTH user
< !"ERR Syntax error in HELLO option 'AUTH'"
> HELLO 3 SETNAME hans
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :3 "id" :? "mode" "standalone" "role" "master" "modules" *0
> CLIENT GETNAME
< "hans"
> HELLO 2 setname otto
< %7 "server" ?"*" "version" ?"*.*.*" "proto" :2 "id" :? "mode" "standalone" "role" "master" "modules" *0
> CLIENT GETNAME
< "otto"
> GET missing
< nil
> HELLO 4 SETNAME emil
< !"NOPROTO unsupported protocol version"
> CLIENT GETNAME
< "otto"
> HELLO 3 AUTH default nopass
< ?
> HELLO 3 AUTH default wrong SETNAME x
< ?
> HELLO 3 AUTH nobody wrong
< !WRONGPASS

@case nulls of both protocols
@resp2
> GET missing
< nil
> HELLO 3
< %?
> GET missing
< nil
> MGET missing
< *1 nil
> HELLO 2
< %?
> MGET missing
< *1 nil

@case RESET
> SELECT 5
< +OK
> CLIENT SETNAME me
< +OK
> SET k v
< +OK
> RESET
< +RESET
> CLIENT GETNAME
< nil
> EXISTS k
< :0
> GET missing
< nil
> RESET x
< !"ERR wrong number of arguments for 'reset' command"
> SELECT 5
< +OK
> GET k
< "v"
> HELLO
< %7 "server" ? "version" ? "proto" :2 "id" :? "mode" "standalone" "role" "master" "modules" *0

@case QUIT
> QUIT
< +OK
@close
> PING
< +PONG
> QUIT a b
< +OK

@case CLIENT ID, GETNAME, SETNAME
> CLIENT ID
< :1..100000
> CLIENT ID x
< !"ERR wrong number of arguments for 'client|id' command"
> CLIENT GETNAME
< nil
> CLIENT SETNAME hans
< +OK
> CLIENT GETNAME
< "hans"
> CLIENT SETNAME ""
< +OK
> CLIENT GETNAME
< nil
> CLIENT SETNAME "a b"
< !"ERR Client names cannot contain spaces, newlines or special characters."
> CLIENT SETNAME "a\nb"
< !"ERR Client names cannot contain spaces, newlines or special characters."
> CLIENT SETNAME "\xc3\xa4"
< !"ERR Client names cannot contain spaces, newlines or special characters."
> CLIENT SETNAME "a\x00"
< !"ERR Client names cannot contain spaces, newlines or special characters."
> CLIENT SETNAME a~b!#
< +OK
> CLIENT GETNAME
< "a~b!#"
> CLIENT SETNAME
< !"ERR wrong number of arguments for 'client|setname' command"
> CLIENT SETNAME a b
< !"ERR wrong number of arguments for 'client|setname' command"
> CLIENT GETNAME x
< !"ERR wrong number of arguments for 'client|getname' command"
> client getname
< "a~b!#"
a> CLIENT GETNAME
a< nil
a> CLIENT SETNAME second
a< +OK
> CLIENT GETNAME
< "a~b!#"

@case CLIENT INFO and LIST
> CLIENT SETNAME me
< +OK
> SELECT 3
< +OK
> CLIENT INFO
< ?"id=* addr=* laddr=* fd=* name=me age=* idle=0 flags=* db=3 sub=0 psub=0 *multi=-1 *events=* cmd=client|info user=default *\n"
> CLIENT LIST
< ?"id=* name=me *db=3 *cmd=client|list *\n"
a> CLIENT SETNAME other
a< +OK
> CLIENT LIST
< ?"*name=*\n*name=*\n"
> CLIENT LIST TYPE normal
< ?"*name=*\n*name=*\n"
> CLIENT LIST TYPE NORMAL
< ?"*name=*\n"
> CLIENT LIST TYPE pubsub
< =txt:""
> CLIENT LIST TYPE replica
< =txt:""
> CLIENT LIST TYPE slave
< =txt:""
> CLIENT LIST TYPE master
< =txt:""
> CLIENT LIST TYPE garbage
< !"ERR Unknown client type 'garbage'"
> CLIENT LIST ID 999999
< =txt:""
> CLIENT LIST ID 999999 1000000
< =txt:""
> CLIENT LIST ID
< !"ERR syntax error"
> CLIENT LIST ID abc
< !"ERR Invalid client ID"
> CLIENT LIST ID 0
< =txt:""
> CLIENT LIST ID -1
< =txt:""
> CLIENT LIST TYPE
< !"ERR syntax error"
> CLIENT LIST garbage
< !"ERR syntax error"
> CLIENT LIST TYPE normal garbage
< !"ERR syntax error"
> CLIENT INFO x
< !"ERR wrong number of arguments for 'client|info' command"
@close a
> CLIENT LIST
< ?"id=* name=me *\n"

@case CLIENT INFO shows the protocol
@since 7.2
@resp3
> CLIENT INFO
< ?"id=* resp=3 *"

@case CLIENT SETINFO
@since 7.2
> CLIENT SETINFO LIB-NAME redis-py
< +OK
> CLIENT SETINFO lib-ver 1.2.3
< +OK
> CLIENT INFO
< ?"*lib-name=redis-py lib-ver=1.2.3*"
> CLIENT SETINFO LIB-NAME ""
< +OK
> CLIENT INFO
< ?"*lib-name= lib-ver=1.2.3*"
> CLIENT SETINFO LIB-NAME "a b"
< !"ERR LIB-NAME cannot contain spaces, newlines or special characters."
> CLIENT SETINFO LIB-VER "a\nb"
< !"ERR LIB-VER cannot contain spaces, newlines or special characters."
> CLIENT SETINFO garbage x
< !"ERR Unrecognized option 'garbage'"
> CLIENT SETINFO
< !"ERR wrong number of arguments for 'client|setinfo' command"
> CLIENT SETINFO LIB-NAME
< !"ERR wrong number of arguments for 'client|setinfo' command"
> CLIENT SETINFO LIB-NAME a b
< !"ERR wrong number of arguments for 'client|setinfo' command"
> CLIENT INFO
< ?"*lib-name= lib-ver=1.2.3*"

@case CLIENT NO-EVICT
> CLIENT NO-EVICT on
< +OK
> CLIENT INFO
< ?"* flags=*e db=*"
> CLIENT NO-EVICT OFF
< +OK
> CLIENT INFO
< ?"* flags=? db=*"
> CLIENT NO-EVICT garbage
< !"ERR syntax error"
> CLIENT NO-EVICT
< !"ERR wrong number of arguments for 'client|no-evict' command"
> CLIENT NO-EVICT on off
< !"ERR wrong number of arguments for 'client|no-evict' command"

@case CLIENT NO-TOUCH
@since 7.2
> CLIENT NO-TOUCH on
< +OK
> CLIENT INFO
< ?"* flags=*T db=*"
> CLIENT NO-TOUCH OFF
< +OK
> CLIENT INFO
< ?"* flags=? db=*"
> CLIENT NO-TOUCH garbage
< !"ERR syntax error"
> CLIENT NO-TOUCH
< !"ERR wrong number of arguments for 'client|no-touch' command"

@case CLIENT REPLY
> CLIENT REPLY ON
< +OK
> CLIENT REPLY SKIP
< (none)
> SET a 1
< (none)
> GET a
< "1"
> CLIENT REPLY OFF
< (none)
> SET b 2
< (none)
> NOSUCH
< (none)
> PING
< (none)
> CLIENT REPLY ON
< +OK
> GET b
< "2"
> CLIENT REPLY garbage
< !"ERR syntax error"
> CLIENT REPLY
< !"ERR wrong number of arguments for 'client|reply' command"
> CLIENT REPLY ON OFF
< !"ERR wrong number of arguments for 'client|reply' command"
> CLIENT REPLY OFF
< (none)
> CLIENT REPLY SKIP
< (none)
> CLIENT REPLY ON
< +OK
> PING
< +PONG

@case CLIENT HELP
> CLIENT HELP
< *?
> CLIENT HELP x
< !"ERR wrong number of arguments for 'client|help' command"
