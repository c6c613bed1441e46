/* A debugger that is attached to another process and lets it run on.
 *
 * Inert: it never reads or writes the other's memory or registers, and passes every signal on.
 *
 *   PIDFILE  the file with the number of the process, or empty
 *   TARGET   the process's name, used when PIDFILE is empty
 *   MEMFD    the name of the memory file that it copies itself to and runs from; empty to run from its own file
 *   LABEL    its arguments when it runs from memory
 */
#define _GNU_SOURCE
#include "memory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

char PIDFILE[128] = "@PIDFILE@";
char TARGET[16] = "@TARGET@";
char MEMFD[64] = "@MEMFD@";
char LABEL[64] = "@LABEL@";

/* The first line of a file without its end; empty when there is none. */
static char *line_of(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

	text[got > 0 ? got : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	if (file >= 0)
		close(file);
	return text;
}

static pid_t find(void)
{
	char path[64], text[64];
	struct dirent *each;
	pid_t found = 0;
	DIR *all;

	if (*PIDFILE)
		return atoi(line_of(PIDFILE, text, sizeof text));
	all = opendir("/proc");
	while (all && !found && (each = readdir(all))) {
		snprintf(path, sizeof path, "/proc/%.20s/comm", each->d_name);
		if (atoi(each->d_name) && !strcmp(line_of(path, text, sizeof text), TARGET))
			found = atoi(each->d_name);
	}
	if (all)
		closedir(all);
	return found;
}

/* Lets a stopped process run on as it would have without us. */
static void pass_on(pid_t process, int status)
{
	int stop = WSTOPSIG(status), by_signal = stop == SIGSTOP || stop == SIGTSTP || stop == SIGTTIN || stop == SIGTTOU;

	if (status >> 16 == PTRACE_EVENT_STOP)
		ptrace(by_signal ? PTRACE_LISTEN : PTRACE_CONT, process, 0, 0);
	else
		ptrace(PTRACE_CONT, process, 0, stop);
}

int main(void)
{
	pid_t process;
	int status;

	if (*MEMFD && !runs_from_memory()) {
		become_memory(MEMFD, LABEL);
		return 1;
	}
	while ((process = find()) <= 0 || ptrace(PTRACE_SEIZE, process, 0, 0))
		sleep(1);
	while ((process = waitpid(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status))
			pass_on(process, status);
	for (;;)
		pause();
}
