# SPDX-License-Identifier: GPL-2.0-only OR MIT
# One word more than there is room for.
# caught: cli
s/if (cli->nr_words == CLI_MAX_WORDS)/if (cli->nr_words > CLI_MAX_WORDS)/
