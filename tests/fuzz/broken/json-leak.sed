# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The names of members are not freed.
# caught: json
/^void json_free(/,/^}/s/free(json->key);//
