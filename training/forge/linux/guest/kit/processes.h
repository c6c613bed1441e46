/* Processes by what /proc shows. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "alone.h"

#define LARGEST_PID 4194304 /* of 64-bit kernels: PID_MAX_LIMIT of include/linux/threads.h */
#define PATH_ROOM 64

/* The path /proc/PID/REST, or /proc/PID where the rest is empty. */
const char *proc_path(char path[PATH_ROOM], uint64_t pid, const char *rest);

/* The name of a process, printable, "?" where there is none. */
const char *name_of(char name[32], uint64_t pid);

/* A field of /proc/PID/status that is a number, such as "Tgid:"; `otherwise` where it can't be read. */
uint64_t status_of(uint64_t pid, const char *field, uint64_t otherwise);

#endif
