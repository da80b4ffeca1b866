/* tofile and callbacks: programs that they start, and a place for images.  A
 * program ends with who has started it; the place is removed, unless it is the
 * demonstration that is killed. */
#ifndef TOOLS_H
#define TOOLS_H

#include "forkall.h"

#define PATH_ROOM 4096

/* First of all.  Opens standard files that are missing, and closes what has
 * been inherited beside them: a pipe of the shell's, say, could not be
 * restored.  Then finds the tools beside this program and, if images is NULL,
 * makes a directory for images, else takes that one.  0, or it has said why
 * not. */
int tools_begin(const char *demo, const char *images, char **envp);

extern char tool_ckpt[PATH_ROOM], tool_restart[PATH_ROOM];
extern char tool_self[PATH_ROOM];	/* this program */
extern char place[PATH_ROOM];		/* the directory for images */

/* Removes the place, if tools_begin() has made it.  Async-signal-safe. */
void place_remove(void);

/* Sets what SIGINT and others that end a demonstration do. */
void signals_set(void (*handler)(int));

/* fork1() for a process that ends with this one.  Returns as fork1(). */
int child_start(void);

/* Starts a program.  Its standard output is this one's; or, if lines is not
 * NULL, a pipe, whose other end is stored there.  Its pid, or an error. */
int program_start(char *const *argv, char **envp, int *lines);

/* Waits for a child: its exit status, 128 + the signal that has ended it, or an
 * error. */
int child_wait(int pid);

/* A line without its end.  Returns 1; 0 at the end of the pipe: line is as it
 * was. */
int line_read(int lines, char *line, size_t size);

/* Says what has gone wrong; returns 1. */
int complain(const char *object, int error);

/* A number of up to six digits and nothing else, or -1. */
int number_parse(const char *text);

#endif
