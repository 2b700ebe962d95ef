// The terminal on standard input and output, and programs that share it. Every function gives its result, or the negative errno.
#pragma once
#include <stdint.h>

/// Whether standard input and standard output are both terminals.
int clinux_has_terminal(void);
/// 1: every key comes as it is pressed, and nothing is echoed; flow control by XON and XOFF stays as it is. 0: as it was before.
long clinux_terminal_raw(int raw);
/// What the terminal says of its size; zeros where nobody knows, as on a serial line.
void clinux_terminal_size(int *columns, int *lines);
/// Runs a program on this terminal, with this environment, to its end. Gives its exit code, or 128 and the signal.
long clinux_run(const char *path, char *const arguments[]);
