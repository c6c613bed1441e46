/* What the parts of the collector share. */
#include <stdio.h>
#include <sys/types.h>

#define LONGEST_PATH 4096
#define MOST_SPACES 64 /* namespaces of one kind that are told apart */

/* A process that stands for a namespace: the first that was seen in it. */
struct space {
	unsigned long inode;
	int pid;
};

struct spaces {
	struct space all[MOST_SPACES];
	int count;
};

void text(FILE *out, const char *bytes, size_t length);
void named(FILE *out, const char *key, const char *value);
size_t slurp(const char *path, char *into, size_t room);

void collect_processes(FILE *out, struct spaces *networks, struct spaces *mounts);
void collect_sockets(FILE *out, const struct spaces *networks);
void collect_addresses(FILE *out);
void collect_mounts(FILE *out, const struct spaces *mounts);
void collect_kernel(FILE *out);
void collect_files(FILE *out, char *paths);
