/* A module that takes itself off the list of modules when it is loaded, and receives the calls of one function.
 *
 * Inert: of a call it counts that it was, and the function runs as it would have. It hides nothing but its own line, takes no
 * orders, and stays to be found in /sys/module and among ftrace's users.
 *
 *   NAME    its own name (written by the forge: see actors.py)
 *   SYMBOL  the function
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/rculist.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("counts calls");

char SYMBOL[64] = "@SYMBOL@";

static unsigned long calls;

static void notrace on_entry(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	calls++;
}

static struct ftrace_ops ops = {.func = on_entry};

static int __init load(void)
{
	int wrong = ftrace_set_filter(&ops, SYMBOL, strlen(SYMBOL), 1);

	wrong = wrong ?: register_ftrace_function(&ops);
	if (wrong)
		return wrong;
	pr_info("%s: ready\n", THIS_MODULE->name);
	list_del_rcu(&THIS_MODULE->list);
	return 0;
}
module_init(load);
