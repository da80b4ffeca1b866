# GDB reads this where `set auto-load safe-path' allows it; `make gdb' always does.
source gdb/forkall.py
