shards := 2
source := $(work)/source
source_files := $(wildcard $(source)/*/*.tif)
