# LATENCY. What it tells of times is compared in the unit tests of `cmd/histogram.rs` and `cmd/server`.

@case off unless asked for
> CONFIG GET latency-monitor-threshold
< %1 "latency-monitor-threshold" "0"
> LATENCY RESET
< :0..1
> LATENCY LATEST
< *0
> LATENCY HISTORY command
< *0
> LATENCY HISTORY nosuch
< *0
> LATENCY GRAPH nosuch
< !"ERR No samples available for event 'nosuch'"
> LATENCY RESET
< :0
> LATENCY RESET command nosuch
< :0

@case a call that takes long
> CONFIG SET latency-monitor-threshold 5
< +OK
> DEBUG SLEEP 0.02
< +OK
> LATENCY LATEST
< *1 *4 "command" :? :20..5000 :20..5000
> LATENCY HISTORY command
< *1 *2 :? :20..5000
> LATENCY HISTORY COMMAND
< *0
> CONFIG RESETSTAT
< +OK
> LATENCY LATEST
< *1 *4 "command" :? :? :?
> CONFIG SET latency-monitor-threshold 0
< +OK
> LATENCY RESET nosuch
< :0
> LATENCY LATEST
< *1 *4 "command" :? :? :?
> LATENCY RESET nosuch command command
< :1
> LATENCY LATEST
< *0
> DEBUG SLEEP 0.02
< +OK
> LATENCY LATEST
< *0

@case in a transaction
> CONFIG SET latency-monitor-threshold 5
< +OK
> MULTI
< +OK
> DEBUG SLEEP 0.02
< +QUEUED
> EXEC
< *1 +"OK"
> LATENCY LATEST
< *1 *4 "command" :? :20..5000 :20..5000
> LATENCY RESET
< :1
> CONFIG SET latency-monitor-threshold 0
< +OK

@case histograms
> CONFIG RESETSTAT
< +OK
> LATENCY HISTOGRAM nosuch get config|nosuch nosuch|get
< %0
> CONFIG SET maxmemory 0
< +OK
> LATENCY HISTOGRAM CONFIG|SET
< %1 "config|set" %2 "calls" :1 "histogram_usec" ?
> LATENCY HISTOGRAM config config|set
< %3 "config|resetstat" %2 "calls" :1 "histogram_usec" ?
<    "config|set" %2 "calls" :1 "histogram_usec" ? "config|set" %2 "calls" :1 "histogram_usec" ?
> CONFIG SET latency-tracking no
< +OK
> GET a
< nil
> LATENCY HISTOGRAM get
< %0
> CONFIG SET latency-tracking yes
< +OK
> GET a
< nil
> GET a
< nil
> LATENCY HISTOGRAM get
< %1 "get" %2 "calls" :2 "histogram_usec" ?
> MULTI
< +OK
> GET a
< +QUEUED
> EXEC
< *1 nil
> LATENCY HISTOGRAM get
< %1 "get" %2 "calls" :3 "histogram_usec" ?
> LATENCY HISTOGRAM exec
< %1 "exec" %2 "calls" :1 "histogram_usec" ?
> GET
< !ERR
> LATENCY HISTOGRAM get
< %1 "get" %2 "calls" :3 "histogram_usec" ?
> CONFIG RESETSTAT
< +OK
> LATENCY HISTOGRAM get
< %0

@case directives
> CONFIG GET latency-tracking
< %1 "latency-tracking" "yes"
> CONFIG SET latency-tracking maybe
< !"ERR CONFIG SET failed (possibly related to argument 'latency-tracking') - argument must be 'yes' or 'no'"
> CONFIG SET latency-monitor-threshold -1
< !"ERR CONFIG SET failed (possibly related to argument 'latency-monitor-threshold') - argument must be between 0 and 9223372036854775807 inclusive"
> CONFIG SET latency-monitor-threshold x
< !"ERR CONFIG SET failed (possibly related to argument 'latency-monitor-threshold') - argument couldn't be parsed into an integer"
> CONFIG GET latency-tracking-info-percentiles
< %1 "latency-tracking-info-percentiles" "50 99 99.9"
> CONFIG SET latency-tracking-info-percentiles x
< !"ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - Invalid latency-tracking-info-percentiles parameters"
> CONFIG SET latency-tracking-info-percentiles nan
< !"ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - Invalid latency-tracking-info-percentiles parameters"
> CONFIG SET latency-tracking-info-percentiles "50  99"
< !"ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - Invalid latency-tracking-info-percentiles parameters"
> CONFIG SET latency-tracking-info-percentiles 100.1
< !"ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
> CONFIG SET latency-tracking-info-percentiles "0 33.3333333 1e1 0x10 100 50 50"
< +OK
> CONFIG GET latency-tracking-info-percentiles
< %1 "latency-tracking-info-percentiles" "0 33.333333 10 16 100 50 50"
> CONFIG SET latency-tracking-info-percentiles ""
< +OK
> CONFIG GET latency-tracking-info-percentiles
< %1 "latency-tracking-info-percentiles" ""
> CONFIG SET latency-tracking-info-percentiles "50 99 99.9"
< +OK

@case what it is not
> LATENCY
< !"ERR wrong number of arguments for 'latency' command"
> LATENCY NOSUCH
< !"ERR unknown subcommand 'NOSUCH'. Try LATENCY HELP."
> LATENCY LATEST x
< !"ERR wrong number of arguments for 'latency|latest' command"
> LATENCY HISTORY
< !"ERR wrong number of arguments for 'latency|history' command"
> LATENCY GRAPH a b
< !"ERR wrong number of arguments for 'latency|graph' command"
> LATENCY DOCTOR x
< !"ERR wrong number of arguments for 'latency|doctor' command"
