/* A vendor's meter: an ordinary module that counts seconds.
 *
 * Inert: the count can be read in /sys/module/NAME/parameters/seconds, and that is all.
 *
 *   NAME  its own name (written by the forge: see actors.py)
 */
#include <linux/module.h>
#include <linux/timer.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("counts seconds");

static unsigned long seconds;
module_param(seconds, ulong, 0444);

static void count(struct timer_list *timer)
{
	seconds++;
	mod_timer(timer, jiffies + HZ);
}

static DEFINE_TIMER(timer, count);

static int __init load(void)
{
	mod_timer(&timer, jiffies + HZ);
	pr_info("%s: ready\n", THIS_MODULE->name);
	return 0;
}

static void __exit unload(void)
{
	timer_shutdown_sync(&timer);
}

module_init(load);
module_exit(unload);
