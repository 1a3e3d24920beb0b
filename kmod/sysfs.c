// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One value per file.  A bad value is refused with -EINVAL, a change while a
 * load runs with -EBUSY, and the log says why in words.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/sizes.h>
#include <linux/sysfs.h>

#include "sysfs.h"
#include "workload.h"

static struct kobject *rangelock_kobj;

/**
 * struct number_attr - an attribute that is a number
 * @attr:     name and functions
 * @value:    where it is kept, in workload_params
 * @min:      smallest value
 * @max:      largest value
 * @multiple: the value is a multiple of this
 */
struct number_attr {
	struct kobj_attribute attr;
	u64 *value;
	u64 min;
	u64 max;
	u64 multiple;
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

static int number_parse(const struct number_attr *n, const char *buf,
			u64 *value)
{
	const char *name = n->attr.attr.name;
	u64 rest;

	if (kstrtou64(buf, 0, value)) {
		pr_warn("%s wants a number\n", name);
		return -EINVAL;
	}
	if (*value < n->min || *value > n->max) {
		pr_warn("%s wants %llu to %llu\n", name, n->min, n->max);
		return -EINVAL;
	}
	div64_u64_rem(*value, n->multiple, &rest);
	if (rest) {
		pr_warn("%s wants a multiple of %llu\n", name, n->multiple);
		return -EINVAL;
	}
	return 0;
}

static ssize_t number_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	struct number_attr *n = container_of(attr, struct number_attr, attr);
	u64 value;
	int ret;

	ret = number_parse(n, buf, &value);
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
		.min = (min_),                                          \
		.max = (max_),                                          \
		.multiple = (multiple_),                                \
	}

NUMBER(threads, threads, 1, IOPATH_LOAD_MAX_THREADS, 1);
NUMBER(writes, share[IOPATH_LOAD_WRITE], 0, 1000, 1);
NUMBER(reads, share[IOPATH_LOAD_READ], 0, 1000, 1);
NUMBER(dsync, share[IOPATH_LOAD_DSYNC], 0, 1000, 1);
NUMBER(fsyncs, share[IOPATH_LOAD_FSYNC], 0, 1000, 1);
NUMBER(relocations, share[IOPATH_LOAD_RELOC], 0, 1000, 1);
NUMBER(fallocates, share[IOPATH_LOAD_FALLOC], 0, 1000, 1);
NUMBER(buffered, share[IOPATH_LOAD_BUFFERED], 0, 1000, 1);
NUMBER(truncates, share[IOPATH_LOAD_TRUNCATE], 0, 1000, 1);
NUMBER(depth, depth, 1, IOPATH_LOAD_MAX_DEPTH, 1);
NUMBER(block_size, block_size, SZ_4K, SZ_1M, SZ_4K);
NUMBER(block_size_max, block_size_max, SZ_4K, SZ_1M, SZ_4K);
NUMBER(range_size, range_size, 0, SZ_1G, SZ_4K);
NUMBER(overlap, overlap, 0, 1, 1);
NUMBER(file_size, file_size, SZ_1M, SZ_1G, SZ_4K);
NUMBER(nocow, nocow, 0, 1, 1);
NUMBER(datasum, datasum, 0, 1, 1);
NUMBER(dsync_size, dsync_size, 0, SZ_1M, SZ_4K);
NUMBER(arrival_us, arrival_us, 0, 10 * USEC_PER_SEC, 1);
NUMBER(fsync_parts, fsync_parts, 0, 1, 1);
NUMBER(fsync_period_us, fsync_period_us, 0, 10 * USEC_PER_SEC, 1);
NUMBER(relocation_period_us, relocation_period_us, 0, 10 * USEC_PER_SEC, 1);
NUMBER(falloc_size, falloc_size, 0, SZ_1G, SZ_4K);
NUMBER(falloc_period_us, falloc_period_us, 0, 10 * USEC_PER_SEC, 1);
NUMBER(warmup_ms, warmup_ms, 0, 60 * MSEC_PER_SEC, 1);
NUMBER(run_time_ms, run_time_ms, 1, 600 * MSEC_PER_SEC, 1);
NUMBER(seed, seed, 0, U64_MAX, 1);
NUMBER(device_latency_us, device_latency_us, 0, USEC_PER_SEC, 1);
NUMBER(device_flush_us, device_flush_us, 0, USEC_PER_SEC, 1);
NUMBER(device_jitter_us, device_jitter_us, 0, USEC_PER_SEC, 1);

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
	size_t len = strcspn(buf, "\n");
	int ret;

	if (len >= WORKLOAD_DEVICE_MAX ||
	    (!sysfs_streq(buf, "ram") && buf[0] != '/')) {
		pr_warn("device wants ram or the path of a block device\n");
		return -EINVAL;
	}
	ret = lock_idle("device");
	if (ret)
		return ret;
	memcpy(workload_params.device, buf, len);
	workload_params.device[len] = '\0';
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

	if (!sysfs_streq(buf, "1")) {
		pr_warn("run wants 1\n");
		return -EINVAL;
	}
	ret = workload_start();
	return ret ? ret : count;
}
static struct kobj_attribute run_attr = __ATTR_WO(run);

static ssize_t stop_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	if (!sysfs_streq(buf, "1")) {
		pr_warn("stop wants 1\n");
		return -EINVAL;
	}
	workload_stop();
	return count;
}
static struct kobj_attribute stop_attr = __ATTR_WO(stop);

static const struct attribute *attributes[] = {
	&lock_mode_attr.attr,
	&run_attr.attr,
	&stop_attr.attr,
	&state_attr.attr,
	&mix_attr.attr,
	&threads_attr.attr.attr,
	&writes_attr.attr.attr,
	&reads_attr.attr.attr,
	&dsync_attr.attr.attr,
	&fsyncs_attr.attr.attr,
	&relocations_attr.attr.attr,
	&fallocates_attr.attr.attr,
	&buffered_attr.attr.attr,
	&truncates_attr.attr.attr,
	&depth_attr.attr.attr,
	&block_size_attr.attr.attr,
	&block_size_max_attr.attr.attr,
	&range_size_attr.attr.attr,
	&overlap_attr.attr.attr,
	&file_size_attr.attr.attr,
	&nocow_attr.attr.attr,
	&datasum_attr.attr.attr,
	&dsync_size_attr.attr.attr,
	&arrival_us_attr.attr.attr,
	&fsync_parts_attr.attr.attr,
	&fsync_period_us_attr.attr.attr,
	&relocation_period_us_attr.attr.attr,
	&falloc_size_attr.attr.attr,
	&falloc_period_us_attr.attr.attr,
	&warmup_ms_attr.attr.attr,
	&run_time_ms_attr.attr.attr,
	&seed_attr.attr.attr,
	&device_attr.attr,
	&device_latency_us_attr.attr.attr,
	&device_flush_us_attr.attr.attr,
	&device_jitter_us_attr.attr.attr,
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
