/* A service in namespaces of its own, as container tools make them: processes, mounts, network, host name.
 *
 * Inert: its network has the loopback interface and nothing else, so that what runs inside reaches only itself. Folders of the
 * machine are seen inside, read-only.
 *
 *   ROOT       the folder that is the root inside; /usr, /dev and /proc are put there
 *   HOST       the host name inside
 *   ADDRESSES  addresses of the loopback interface inside, each with /PREFIX, a space between
 *   COMMAND    what /bin/sh runs inside, as process 1 there when it begins with exec
 *   PIDFILE    where the number of that process is written, as the machine outside counts; or empty
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPBACK 1 /* the first interface of every network namespace */

char ROOT[128] = "@ROOT@";
char HOST[32] = "@HOST@";
char ADDRESSES[128] = "@ADDRESSES@";
char COMMAND[256] = "@COMMAND@";
char PIDFILE[128] = "@PIDFILE@";

struct request { struct nlmsghdr head; struct ifaddrmsg what; struct rtattr attribute; unsigned char address[16]; };

static int add_address(int netlink, char *text)
{
	struct request ask = {.what = {.ifa_index = LOOPBACK, .ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD}};
	struct { struct nlmsghdr head; struct nlmsgerr error; } answer;
	char *prefix = strchr(text, '/');
	int six = strchr(text, ':') != NULL, size = six ? 16 : 4;

	if (!prefix)
		return -1;
	*prefix = 0;
	ask.what.ifa_family = six ? AF_INET6 : AF_INET;
	ask.what.ifa_prefixlen = atoi(prefix + 1);
	ask.attribute = (struct rtattr){RTA_LENGTH(size), IFA_LOCAL};
	ask.head.nlmsg_len = NLMSG_LENGTH(sizeof ask.what + RTA_LENGTH(size));
	ask.head.nlmsg_type = RTM_NEWADDR;
	ask.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	if (inet_pton(ask.what.ifa_family, text, ask.address) != 1 || send(netlink, &ask, ask.head.nlmsg_len, 0) < 0)
		return -1;
	return recv(netlink, &answer, sizeof answer, 0) < 0 || answer.error.error ? -1 : 0;
}

static int network(void)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), end = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(end, SIOCSIFFLAGS, &up))
		return -1;
	for (char *each = strtok(ADDRESSES, " "); each; each = strtok(NULL, " "))
		if (add_address(netlink, each))
			return -1;
	close(end);
	close(netlink);
	return 0;
}

/* Puts a folder of the machine at the same place inside. */
static int shared(const char *path, unsigned long more)
{
	char inside[192];

	snprintf(inside, sizeof inside, "%s%s", ROOT, path);
	mkdir(inside, 0755);
	return mount(path, inside, NULL, MS_BIND, NULL) || mount(NULL, inside, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | more, NULL);
}

/* Inside: the folder becomes the root, with what every program needs; then the command. */
static int settle(void)
{
	static const char *const merged[] = {"bin", "sbin", "lib", "lib64"};
	char target[16];

	if (sethostname(HOST, strlen(HOST)) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount(ROOT, ROOT, NULL, MS_BIND, NULL))
		return 1;
	if (shared("/usr", MS_NODEV) || shared("/dev", MS_NOSUID) || chdir(ROOT) || chroot("."))
		return 1;
	mkdir("proc", 0555);
	for (size_t i = 0; i < sizeof merged / sizeof *merged; i++) {
		snprintf(target, sizeof target, "usr/%s", merged[i]);
		if (access(merged[i], F_OK) && symlink(target, merged[i]))
			return 1;
	}
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return 1;
	execl("/bin/sh", "sh", "-c", COMMAND, (char *)NULL);
	return 1;
}

int main(void)
{
	FILE *file;
	pid_t inside;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS) || network() || (inside = fork()) < 0)
		return 1;
	if (inside == 0)
		_exit(settle());
	if (*PIDFILE && (file = fopen(PIDFILE, "we"))) {
		fprintf(file, "%d\n", inside);
		fclose(file);
	}
	waitpid(inside, NULL, 0);
	return 1;
}
