# What GDB needs to be told for programs with this library; see NOTES.md.
set pagination off
set confirm off
set width 0
set debuginfod enabled off
set startup-with-shell off
# The library's signals: SIGSYNCCALL, SIGRESTART, SIGCKPT.
handle SIG34 nostop noprint pass
handle SIG35 nostop noprint pass
handle SIG36 nostop noprint pass
# In all-stop GDB 13 steps wrongly over breakpoints in code that threads share.
set displaced-stepping off
# For tests/gdb_program.
set backtrace past-main on
handle SIGUSR1 nostop noprint pass
handle SIGUSR2 nostop noprint pass
handle SIGCHLD nostop noprint pass
