// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The page cache of a file: find, lock, fill and drop pages.
 *
 * Locks of several pages are taken in ascending order of their blocks, outside
 * of E.  Nobody waits for an ordered extent to be COMPLETE under the lock of a
 * page that is dirty: the writeback that the ordered extent belongs to may still
 * have to lock it.
 */
#include "iopath_control.h"

void iopath_cache_init(struct iopath_cache *cache)
{
	spin_lock_init(&cache->lock);
	init_waitqueue_head(&cache->wait);
}

static struct iopath_page *page_of(struct itree_node *node)
{
	return container_of(node, struct iopath_page, node);
}

void iopath_page_put(struct iopath_page *page)
{
	if (refcount_dec_and_test(&page->refs)) {
		rlenv_free_big(page->data);
		rlenv_free(page);
	}
}

/* Free all pages, dirty or not, of a file that nobody uses any more. */
void iopath_cache_destroy(struct iopath_cache *cache)
{
	struct itree_node *node;

	while ((node = itree_first(&cache->tree))) {
		itree_remove(&cache->tree, node);
		iopath_page_put(page_of(node));
	}
}

static bool page_is_delalloc(u32 state)
{
	return (state & (IOPATH_PAGE_DIRTY | IOPATH_PAGE_ORDERED)) ==
	       IOPATH_PAGE_DIRTY;
}

static u32 page_change_locked(struct iopath_page *page, u32 clear, u32 set)
{
	struct iopath_cache *cache = &page->inode->cache;
	u32 old = page->state;

	page->state = (old & ~clear) | set;
	cache->nr_delalloc -= page_is_delalloc(old);
	cache->nr_delalloc += page_is_delalloc(page->state);
	return old;
}

/**
 * iopath_page_change() - change the state of a page
 * @page:  referenced by the caller
 * @clear: enum iopath_page_state to clear
 * @set:   the same to set
 *
 * Context: any.
 * Return: the state before.
 */
u32 iopath_page_change(struct iopath_page *page, u32 clear, u32 set)
{
	struct iopath_cache *cache = &page->inode->cache;
	unsigned long flags;
	u32 old;

	spin_lock_irqsave(&cache->lock, flags);
	old = page_change_locked(page, clear, set);
	spin_unlock_irqrestore(&cache->lock, flags);
	wake_up_all(&cache->wait);
	return old;
}

/* State of a page; what the caller does not guard may change at once. */
u32 iopath_page_state(struct iopath_page *page)
{
	struct iopath_cache *cache = &page->inode->cache;
	unsigned long flags;
	u32 state;

	spin_lock_irqsave(&cache->lock, flags);
	state = page->state;
	spin_unlock_irqrestore(&cache->lock, flags);
	return state;
}

/* What a task waits for: that @page has none of @state. */
struct page_wait {
	struct iopath_page *page;
	u32 state;
};

static bool page_wait_ready(void *data)
{
	struct page_wait *wait = data;

	return !(iopath_page_state(wait->page) & wait->state);
}

/**
 * iopath_page_wait() - wait until a page has left some states
 * @page:  referenced by the caller
 * @state: enum iopath_page_state
 *
 * Context: process context, sleeps.
 * Return: false if the wait was broken, see iopath_control.h.
 */
bool iopath_page_wait(struct iopath_page *page, u32 state)
{
	struct page_wait wait = { .page = page, .state = state };
	struct iopath_inode *inode = page->inode;

	return iopath_wait(inode->fs, &inode->cache.wait, IOPATH_RES_WRITEBACK,
			   page, page_wait_ready, &wait);
}

static bool page_trylock(void *data)
{
	struct iopath_page *page = data;
	struct iopath_cache *cache = &page->inode->cache;
	unsigned long flags;
	bool locked;

	spin_lock_irqsave(&cache->lock, flags);
	locked = !(page->state & IOPATH_PAGE_LOCKED);
	if (locked)
		page->state |= IOPATH_PAGE_LOCKED;
	spin_unlock_irqrestore(&cache->lock, flags);
	return locked;
}

void iopath_page_unlock(struct iopath_page *page)
{
	struct iopath_fs *fs = page->inode->fs;

	if (likely(!fs->control) ||
	    iopath_control_unlock(fs, IOPATH_RES_PAGE, page, NULL))
		iopath_page_change(page, IOPATH_PAGE_LOCKED, 0);
}

/**
 * iopath_page_relock() - lock a page that the caller has a reference to
 * @page: page
 *
 * Context: process context, sleeps.
 * Return: false if it is no longer in the cache; then it is not locked.
 */
bool iopath_page_relock(struct iopath_page *page)
{
	struct iopath_inode *inode = page->inode;

	if (unlikely(inode->fs->control))
		iopath_control_lock(inode->fs, IOPATH_RES_PAGE, page, true,
				    page_trylock);
	else
		wait_event(inode->cache.wait, page_trylock(page));
	if (likely(iopath_page_state(page) & IOPATH_PAGE_CACHED))
		return true;
	iopath_page_unlock(page);
	return false;
}

/**
 * iopath_page_peek() - read a page if it is there, without waiting
 * @inode:  file
 * @block:  file block
 * @offset: first byte in the page
 * @buf:    memory for the data
 * @len:    bytes
 *
 * Context: process context.
 * Return: false if it is not there, not up to date or locked.
 */
bool iopath_page_peek(struct iopath_inode *inode, u64 block, u32 offset,
		      void *buf, u32 len)
{
	struct iopath_page *page;
	bool there;

	page = iopath_page_find(inode, block, block, IOPATH_PAGE_UPTODATE,
				IOPATH_PAGE_UPTODATE);
	if (!page)
		return false;
	there = page_trylock(page);
	if (there) {
		memcpy(buf, (char *)page->data + offset, len);
		/* not a hold for a control: nobody runs in between */
		iopath_page_change(page, IOPATH_PAGE_LOCKED, 0);
	}
	iopath_page_put(page);
	return there;
}

static struct iopath_page *page_alloc(struct iopath_inode *inode, u64 block)
{
	struct iopath_page *page = rlenv_alloc(sizeof(*page));

	if (!page)
		return NULL;
	page->data = rlenv_alloc_big(IOPATH_BLOCK_SIZE);
	if (!page->data) {
		rlenv_free(page);
		return NULL;
	}
	page->inode = inode;
	page->node.start = block;
	page->node.last = block;
	refcount_set(&page->refs, 1);
	return page;
}

/**
 * iopath_page_find() - the first page of a range in some state
 * @inode: file
 * @first: first file block
 * @last:  last file block
 * @mask:  which of enum iopath_page_state count
 * @value: what they have to be
 *
 * Context: any.
 * Return: the page with a reference, or NULL.
 */
struct iopath_page *iopath_page_find(struct iopath_inode *inode, u64 first,
				     u64 last, u32 mask, u32 value)
{
	struct iopath_cache *cache = &inode->cache;
	struct iopath_page *page = NULL;
	struct itree_node *node;
	unsigned long flags;

	spin_lock_irqsave(&cache->lock, flags);
	itree_for_each_overlap(node, &cache->tree, first, last) {
		if ((page_of(node)->state & mask) == value) {
			page = page_of(node);
			refcount_inc(&page->refs);
			break;
		}
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return page;
}

/* Insert a page, unless there is one already; then that one, referenced. */
static struct iopath_page *page_insert(struct iopath_page *new)
{
	struct iopath_cache *cache = &new->inode->cache;
	struct iopath_page *page = new;
	struct itree_node *node;
	unsigned long flags;

	spin_lock_irqsave(&cache->lock, flags);
	node = itree_first_overlap(&cache->tree, new->node.start,
				   new->node.last);
	if (node) {
		page = page_of(node);
	} else {
		itree_insert(&cache->tree, &new->node);
		atomic_inc(&cache->nr);
		new->state = IOPATH_PAGE_CACHED;
	}
	refcount_inc(&page->refs);
	spin_unlock_irqrestore(&cache->lock, flags);
	return page;
}

/**
 * iopath_page_lock() - find or make a page, and lock it
 * @inode: file
 * @block: file block
 *
 * Context: process context, sleeps.
 * Return: the page, locked and referenced, or NULL without memory.
 */
struct iopath_page *iopath_page_lock(struct iopath_inode *inode, u64 block)
{
	struct iopath_page *page, *new;

	for (;;) {
		page = iopath_page_find(inode, block, block, 0, 0);
		if (!page) {
			new = page_alloc(inode, block);
			if (!new)
				return NULL;
			page = page_insert(new);
			if (page != new)
				iopath_page_put(new);
		}
		if (likely(iopath_page_relock(page)))
			return page;
		iopath_page_put(page);
	}
}

/* The data of a mapped block, checked, or zeroes.  Context: E is held. */
static int page_read(struct iopath_page *page)
{
	struct iopath_inode *inode = page->inode;
	struct iopath_fs *fs = inode->fs;
	u64 block = iopath_page_block(page);
	struct iopath_extent em;
	bool is_hole;
	int err;

	err = iopath_read_lookup(inode, block, block, &em, &is_hole);
	if (err)
		return err;
	if (is_hole) {
		memset(page->data, 0, IOPATH_BLOCK_SIZE);
		return 0;
	}
	err = iopath_dev_io(fs->dev, IOPATH_BIO_READ, 0, em.block, 1,
			    page->data);
	if (!err && !iopath_sums_match(fs, em.block, 1, page->data))
		err = -EIO;
	return err;
}

/**
 * iopath_page_fill() - read a page unless it is up to date
 * @page: page, locked
 *
 * The page is not dirty, so no writeback has to lock it, and ordered extents in
 * its range may be waited for.
 *
 * Context: process context, sleeps; E must not be held.
 * Return: 0 or -errno.
 */
int iopath_page_fill(struct iopath_page *page)
{
	struct iopath_inode *inode = page->inode;
	u64 block = iopath_page_block(page);
	struct rangelock_req extent;
	int err;

	if (iopath_page_state(page) & IOPATH_PAGE_UPTODATE)
		return 0;
	iopath_lock_extent(inode, &extent, block, block);
	err = page_read(page);
	if (!err)
		iopath_page_change(page, 0, IOPATH_PAGE_UPTODATE);
	iopath_extent_release(inode, &extent);
	return err;
}

/* Whether any page of a range is there.  Context: any. */
bool iopath_cache_has(struct iopath_inode *inode, u64 first, u64 last)
{
	struct iopath_page *page;

	page = iopath_page_find(inode, first, last, 0, 0);
	if (page)
		iopath_page_put(page);
	return page;
}

/* Take a page out of the tree.  Context: cache.lock is held. */
static void page_remove(struct iopath_cache *cache, struct iopath_page *page)
{
	page_change_locked(page, IOPATH_PAGE_CACHED | IOPATH_PAGE_DIRTY, 0);
	itree_remove(&cache->tree, &page->node);
	atomic_dec(&cache->nr);
}

/* The first dirty page of a range: its block, @last + 1 for none.  Context: any. */
u64 iopath_first_dirty(struct iopath_inode *inode, u64 first, u64 last)
{
	struct iopath_page *page;
	u64 block = last + 1;

	page = iopath_page_find(inode, first, last, IOPATH_PAGE_DIRTY,
				IOPATH_PAGE_DIRTY);
	if (page) {
		block = iopath_page_block(page);
		iopath_page_put(page);
	}
	return block;
}

/**
 * iopath_cache_invalidate() - forget the clean pages of a range
 * @inode: file
 * @first: first file block
 * @last:  last file block
 *
 * Pages that are locked, dirty or under writeback stay.
 *
 * Context: process context.
 */
void iopath_cache_invalidate(struct iopath_inode *inode, u64 first, u64 last)
{
	const u32 busy = IOPATH_PAGE_LOCKED | IOPATH_PAGE_DIRTY |
			 IOPATH_PAGE_WRITEBACK;
	struct iopath_cache *cache = &inode->cache;
	struct iopath_page *page;
	unsigned long flags;
	bool removed;

	while ((page = iopath_page_find(inode, first, last, busy, 0))) {
		spin_lock_irqsave(&cache->lock, flags);
		removed = (page->state & (busy | IOPATH_PAGE_CACHED)) ==
			  IOPATH_PAGE_CACHED;
		if (removed)
			page_remove(cache, page);
		spin_unlock_irqrestore(&cache->lock, flags);
		if (removed)
			iopath_page_put(page);
		iopath_page_put(page);
	}
}

/**
 * iopath_cache_drop() - forget all pages of a range, dirty ones too
 * @inode: file
 * @first: first file block
 * @last:  last file block
 *
 * For truncate and punch, which exclude those who would make new ones.  Waits
 * for what is under writeback.
 *
 * Context: process context, sleeps; E must not be held.
 */
void iopath_cache_drop(struct iopath_inode *inode, u64 first, u64 last)
{
	struct iopath_cache *cache = &inode->cache;
	struct iopath_page *page;
	unsigned long flags;
	u32 state;

	while ((page = iopath_page_find(inode, first, last, 0, 0))) {
		if (!iopath_page_wait(page, IOPATH_PAGE_ORDERED |
				      IOPATH_PAGE_WRITEBACK)) {
			iopath_page_put(page);
			return;
		}
		if (!iopath_page_relock(page)) {
			iopath_page_put(page);
			continue;
		}
		spin_lock_irqsave(&cache->lock, flags);
		state = page->state;
		if (!(state & (IOPATH_PAGE_ORDERED | IOPATH_PAGE_WRITEBACK)))
			page_remove(cache, page);
		else
			state = 0;
		spin_unlock_irqrestore(&cache->lock, flags);
		iopath_page_unlock(page);
		if (page_is_delalloc(state))
			iopath_space_return(inode->fs, 1);
		if (state)
			iopath_page_put(page);
		iopath_page_put(page);
	}
}
