// Processes, signals, clocks and limits. Every function gives its result, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

uint64_t clinux_monotonic_nanoseconds(void);
uint64_t clinux_processor_nanoseconds(void);
long clinux_alarm_create(void);
// 0 sets none.
long clinux_alarm_set(int32_t alarm, uint64_t nanoseconds);
int64_t clinux_wall_seconds(void);
/// When this program was built, seconds since 1970.
int64_t clinux_build_seconds(void);
const char *clinux_getenv(const char *name);
/// The reading end does not block.
long clinux_pipe(int ends[2]);
/// Starts a program, found by its path alone, in a process group of its own: no signal blocked or ignored, nothing on
/// standard input, standard output and error going to `output`, or to /dev/null when that is negative.
long clinux_spawn(const char *path, char *const arguments[], char *const environment[],
                 int output, int32_t *child);
/// The process's id once it has ended and is buried, 0 while it runs. `status` is the exit code, or 128 and the signal.
long clinux_bury(int32_t child, int wait, int *status);
/// `signal` is one of the bits below; 0 asks only whether the process is there. A negative process is a group.
long clinux_kill(int32_t process, int signal);
long clinux_fork(void);
/// Leaves the terminal and the session it belongs to: standard input from nowhere, the output ones to nowhere.
long clinux_detach(void);
/// Signals by names of our own: MIPS numbers them differently.
enum { CLINUX_HUP = 1, CLINUX_INT = 2, CLINUX_TERM = 4, CLINUX_CHLD = 8, CLINUX_KILL = 16 };
/// Blocks the signals of this mask and opens a descriptor that tells of them. Ignores SIGPIPE.
long clinux_signals(int mask);
/// The next signal's bit in the mask, 0 for another.
long clinux_next_signal(int fd);
long clinux_no_core(void);
// Not dumpable, and no core for now: the hard limit stays, for clinux_allow_core.
void clinux_hide_memory(void);
long clinux_allow_core(const char *folder); /* and go there */
long clinux_page_size(void);
const char *clinux_error_text(int number);
_Noreturn void clinux_exit(int code);
int32_t clinux_process(void);
uint32_t clinux_user(void);
