// The terminal on standard input and output, and programs that share it. Every function gives its result, or the negative errno.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "CLinuxTerminal.h"

extern char **environ;

int clinux_has_terminal(void) { return isatty(0) && isatty(1); }

long clinux_terminal_raw(int raw) {
    static struct termios before;
    static int is_raw;
    struct termios now;
    if (raw == is_raw) return 0;
    if (raw) {
        if (tcgetattr(0, &before) < 0) return -(long)errno;
        now = before;
        // The kernel goes on to send a carriage return before each line feed, and to obey XOFF.
        now.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP | BRKINT);
        now.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
        now.c_cc[VMIN] = 1;
        now.c_cc[VTIME] = 0;
    } else {
        now = before;
    }
    // What was typed ahead stays.
    if (tcsetattr(0, TCSADRAIN, &now) < 0) return -(long)errno;
    is_raw = raw;
    return 0;
}

void clinux_terminal_size(int *columns, int *lines) {
    struct winsize size;
    memset(&size, 0, sizeof size);
    if (ioctl(1, TIOCGWINSZ, &size) < 0) memset(&size, 0, sizeof size);
    *columns = size.ws_col;
    *lines = size.ws_row;
}

long clinux_run(const char *path, char *const arguments[]) {
    posix_spawnattr_t attributes;
    struct sigaction ignore, interrupt, quit;
    sigset_t none, all;
    pid_t child;
    int status = 0, error;
    sigemptyset(&none);
    sigfillset(&all);
    error = posix_spawnattr_init(&attributes);
    if (error) return -(long)error;
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    // What is typed to interrupt the program is not meant for us.
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    error = posix_spawn(&child, path, NULL, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    if (!error)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (error) return -(long)error;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
