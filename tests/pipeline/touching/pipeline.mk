shards := 2
source := $(work)/source
