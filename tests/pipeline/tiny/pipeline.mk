shards := 2
source := $(work)/source/phantom.json
