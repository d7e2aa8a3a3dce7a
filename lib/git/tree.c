/* git/tree.c: one tree object after the other, straight from its bytes: "MODE NAME\0" and 20 bytes of id. */
#include "git/room.h"

/* Bytes of one tree: about a million entries. */
#define TREE_LIMIT ((uint64_t)64 << 20)

int tl_tree_open(struct tl_tree *tree, struct tl_repo *repo, const git_oid *id, struct tl_error *err)
{
	char hex[TL_OID_SIZE];

	*tree = (struct tl_tree){ .id = *id };
	tl_git_hex(hex, id->id);
	if (tl_odb_read(&tree->object, repo, id, GIT_OBJECT_TREE, TREE_LIMIT, tl_str(hex), err) < 0)
		return tl_error_wrap(err, "reading a folder");
	tree->at = git_odb_object_data(tree->object);
	tree->end = tree->at + git_odb_object_size(tree->object);
	return 0;
}

void tl_tree_close(struct tl_tree *tree)
{
	git_odb_object_free(tree->object);
	*tree = (struct tl_tree){ 0 };
}

static int damaged(const struct tl_tree *tree, struct tl_error *err)
{
	char hex[TL_OID_SIZE];

	tl_git_hex(hex, tree->id.id);
	return tl_error_set(err, TL_IO, "the tree %s is damaged ('git fsck' says more)", hex);
}

unsigned tl_tree_mode(unsigned mode)
{
	unsigned kind = mode & 0170000;

	if (kind == 0100000)
		return mode & 0100 ? 0100755 : 0100644;
	return kind;
}

bool tl_mode_is_folder(unsigned mode)
{
	return (mode & 0170000) == 0040000;
}

enum tl_entry_kind tl_mode_kind(unsigned mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return TL_ENTRY_FILE;
	case 0120000:
		return TL_ENTRY_LINK;
	default:
		return TL_ENTRY_SUBMODULE;
	}
}

/* Byte order, a folder as if its name ended with '/': the order in which trees and the index agree. */
static int compare_names(struct tl_str a, bool a_is_folder, struct tl_str b, bool b_is_folder)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0, x, y;

	if (order != 0)
		return order;
	x = a.len > len ? (unsigned char)a.ptr[len] : a_is_folder ? '/' : 0;
	y = b.len > len ? (unsigned char)b.ptr[len] : b_is_folder ? '/' : 0;
	return x - y;
}

int tl_tree_compare(const struct tl_tree_entry *a, const struct tl_tree_entry *b)
{
	return compare_names(a->name, tl_mode_is_folder(a->mode), b->name, tl_mode_is_folder(b->mode));
}

/* Reads the octal digits up to the blank. */
static bool read_mode(struct tl_tree *tree, unsigned *mode)
{
	unsigned value = 0;
	size_t digits = 0;

	while (tree->at < tree->end && *tree->at >= '0' && *tree->at <= '7' && digits < 7) {
		value = value * 8 + (unsigned)(*tree->at++ - '0');
		digits++;
	}
	if (digits == 0 || tree->at == tree->end || *tree->at != ' ')
		return false;
	tree->at++;
	*mode = tl_tree_mode(value);
	return *mode == 0040000 || *mode == 0120000 || *mode == 0160000 || (value & 0170000) == 0100000;
}

int tl_tree_next(struct tl_tree *tree, struct tl_tree_entry *entry, struct tl_error *err)
{
	const unsigned char *nul;
	bool is_folder;

	if (tree->at == tree->end)
		return 0;
	if (!read_mode(tree, &entry->mode))
		return damaged(tree, err);
	nul = memchr(tree->at, '\0', (size_t)(tree->end - tree->at));
	if (!nul || (size_t)(tree->end - nul - 1) < GIT_OID_RAWSZ)
		return damaged(tree, err);
	entry->name = (struct tl_str){ (const char *)tree->at, (size_t)(nul - tree->at) };
	git_oid_fromraw(&entry->id, nul + 1);
	is_folder = tl_mode_is_folder(entry->mode);
	if (!tl_git_name_is_good(entry->name) ||
	    (tree->last.ptr && compare_names(tree->last, tree->last_is_folder, entry->name, is_folder) >= 0))
		return damaged(tree, err);
	tree->last = entry->name;
	tree->last_is_folder = is_folder;
	tree->at = nul + 1 + GIT_OID_RAWSZ;
	return 1;
}

/* The entry of that name in one tree. */
static int find_name(struct tl_tree_entry *out, struct tl_repo *repo, const git_oid *id, struct tl_str name,
                     struct tl_error *err)
{
	struct tl_tree tree;
	int status;

	if (tl_tree_open(&tree, repo, id, err) < 0)
		return -1;
	do {
		status = tl_tree_next(&tree, out, err);
	} while (status == 1 && !tl_str_equal(out->name, name));
	tl_tree_close(&tree);
	out->name = name;
	return status;
}

int tl_tree_find(struct tl_tree_entry *out, struct tl_repo *repo, const git_oid *root, struct tl_str path,
                 struct tl_error *err)
{
	git_oid id = *root;
	size_t start = 0;

	for (;;) {
		size_t slash = tl_str_find(path, TL_STR("/"), start);
		size_t end = slash == SIZE_MAX ? path.len : slash;
		int status = find_name(out, repo, &id, tl_str_slice(path, start, end), err);

		if (status <= 0 || slash == SIZE_MAX)
			return status;
		if (!tl_mode_is_folder(out->mode) && tl_mode_kind(out->mode) == TL_ENTRY_FILE)
			return 0;
		if (!tl_mode_is_folder(out->mode))
			return tl_view_refuse(err, tl_str_slice(path, 0, end), tl_mode_kind(out->mode));
		id = out->id;
		start = end + 1;
	}
}
