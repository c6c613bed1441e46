/* What the parts of the footprint share. */
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#define MOST_KEPT 4096 /* processes, files, sockets: what comes later is counted only */

int is_own(pid_t pid); /* whether a process was started at the console */
pid_t own_holder(unsigned long inode); /* a living process of the console that holds a socket, or 0 */
pid_t own_running(void); /* the process of the console that was interrupted just now, or 0: we come first of all */
void tell_moment(FILE *out, const char *key, const struct timespec *at);
int begin_processes(void); /* each begins to listen; -1 when the kernel does not let it */
int begin_files(void);
int begin_sockets(void);
void drain_processes(void); /* reads what is waiting there */
void tell_files(FILE *out);
void tell_sockets(FILE *out);
void tell_processes(FILE *out);
