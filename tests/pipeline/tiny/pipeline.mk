shards := 2
source := $(work)/source/phantom.json
source_files := $(source)
