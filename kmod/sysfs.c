// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One value per file.  A bad value is refused with -EINVAL, a change while a
 * load runs with -EBUSY, and the log says why in words.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "attr.h"
#include "sysfs.h"
#include "workload.h"

static struct kobject *rangelock_kobj;

/**
 * struct number_attr - an attribute that is a number
 * @attr:   name and functions
 * @value:  where it is kept, in workload_params
 * @number: what it may be
 */
struct number_attr {
	struct kobj_attribute attr;
	u64 *value;
	struct attr_number number;
};

static ssize_t number_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct number_attr *n = container_of(attr, struct number_attr, attr);
	u64 value;

	workload_lock();
	value = *n->value;
	workload_unlock();
	return sysfs_emit(buf, "%llu\n", value);
}

static int lock_idle(const char *name)
{
	int ret = workload_lock_idle();

	if (ret)
		pr_warn("%s cannot change while a load runs; write 1 to stop\n",
			name);
	return ret;
}

static ssize_t number_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	struct number_attr *n = container_of(attr, struct number_attr, attr);
	u64 value;
	int ret;

	ret = attr_parse_number(&n->number, buf, &value);
	if (!ret)
		ret = lock_idle(attr->attr.name);
	if (ret)
		return ret;
	*n->value = value;
	/* One size, unless block_size_max is written afterwards. */
	if (n->value == &workload_params.block_size)
		workload_params.block_size_max = value;
	workload_unlock();
	return count;
}

#define NUMBER(name_, field_, min_, max_, multiple_)                    \
	static struct number_attr name_##_attr = {                      \
		.attr = __ATTR(name_, 0644, number_show, number_store), \
		.value = &workload_params.field_,                       \
		.number = { #name_, min_, max_, multiple_ },            \
	};

ATTR_NUMBERS(NUMBER)

static ssize_t lock_mode_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	enum iopath_design current_design = workload_design();
	enum iopath_design design;
	int len = 0;

	for (design = 0; design < IOPATH_DESIGNS; design++)
		if (iopath_design_is_offered(design))
			len += sysfs_emit_at(buf, len, design == current_design ?
					     "%s[%s]" : "%s%s",
					     len ? " " : "",
					     iopath_design_name(design));
	len += sysfs_emit_at(buf, len, "\n");
	return len;
}

static ssize_t lock_mode_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	enum iopath_design design;
	int ret;

	for (design = 0; design < IOPATH_DESIGNS; design++) {
		if (!iopath_design_is_offered(design) ||
		    !sysfs_streq(buf, iopath_design_name(design)))
			continue;
		ret = workload_set_design(design);
		return ret ? ret : count;
	}
	pr_warn("lock_mode wants one of the names that it shows\n");
	return -EINVAL;
}
static struct kobj_attribute lock_mode_attr = __ATTR_RW(lock_mode);

static ssize_t mix_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	const struct iopath_mix *chosen, *mix;
	int len = 0;

	workload_lock();
	chosen = workload_params.mix;
	workload_unlock();
	for (mix = iopath_mixes; mix->name; mix++)
		len += sysfs_emit_at(buf, len, mix == chosen ? "%s[%s]" :
				     "%s%s", mix == iopath_mixes ? "" : " ",
				     mix->name);
	len += sysfs_emit_at(buf, len, "\n");
	return len;
}

static ssize_t mix_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	const struct iopath_mix *mix;
	int ret;

	for (mix = iopath_mixes; mix->name; mix++)
		if (sysfs_streq(buf, mix->name))
			break;
	if (!mix->name) {
		pr_warn("mix wants one of the names that it shows\n");
		return -EINVAL;
	}
	ret = lock_idle("mix");
	if (ret)
		return ret;
	params_choose_mix(mix);
	workload_unlock();
	return count;
}
static struct kobj_attribute mix_attr = __ATTR_RW(mix);

static ssize_t device_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	int len;

	workload_lock();
	len = sysfs_emit(buf, "%s\n", workload_params.device);
	workload_unlock();
	return len;
}

static ssize_t device_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	char device[WORKLOAD_DEVICE_MAX];
	int ret;

	ret = attr_parse_device(buf, device, sizeof(device));
	if (!ret)
		ret = lock_idle("device");
	if (ret)
		return ret;
	strscpy(workload_params.device, device, WORKLOAD_DEVICE_MAX);
	workload_unlock();
	return count;
}
static struct kobj_attribute device_attr = __ATTR_RW(device);

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	static const char * const names[] = {
		[WORKLOAD_IDLE] = "idle",
		[WORKLOAD_RUNNING] = "running",
		[WORKLOAD_STOPPING] = "stopping",
	};

	return sysfs_emit(buf, "%s\n", names[workload_state()]);
}
static struct kobj_attribute state_attr = __ATTR_RO(state);

static ssize_t run_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	int ret;

	ret = attr_parse_one("run", buf);
	if (!ret)
		ret = workload_start();
	return ret ? ret : count;
}
static struct kobj_attribute run_attr = __ATTR_WO(run);

static ssize_t stop_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int ret;

	ret = attr_parse_one("stop", buf);
	if (ret)
		return ret;
	workload_stop();
	return count;
}
static struct kobj_attribute stop_attr = __ATTR_WO(stop);

#define NUMBER_ATTR(name_, ...)	&name_##_attr.attr.attr,

static const struct attribute *attributes[] = {
	&lock_mode_attr.attr,
	&run_attr.attr,
	&stop_attr.attr,
	&state_attr.attr,
	&mix_attr.attr,
	ATTR_NUMBERS(NUMBER_ATTR)
	&device_attr.attr,
	NULL,
};

int sysfs_init(void)
{
	int ret;

	rangelock_kobj = kobject_create_and_add(KBUILD_MODNAME, kernel_kobj);
	if (!rangelock_kobj)
		return -ENOMEM;
	ret = sysfs_create_files(rangelock_kobj, attributes);
	if (ret)
		kobject_put(rangelock_kobj);
	return ret;
}

/* On return no show or store runs any more and none can begin. */
void sysfs_exit(void)
{
	sysfs_remove_files(rangelock_kobj, attributes);
	kobject_put(rangelock_kobj);
}
