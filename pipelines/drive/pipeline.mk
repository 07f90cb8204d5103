# Vessels of the retina: DRIVE (Staal et al. 2004), colour photographs of 584 x 565 with the field of view
# as a mask. DRIVE=DIR names the folder with images/, 1st_manual/ and mask/. Made by unetflow-new.
DRIVE ?= data/DRIVE
shards ?= 2
source ?= $(DRIVE)

# Not for a pipeline that is based on this one and has its own source.
ifeq ($(source),$(DRIVE))
missing_source := Run `make data PIPELINE=$(PIPELINE)` to be told how to get the data, or give DRIVE=DIR

data:
	echo "DRIVE is free for research after registration, at drive.grand-challenge.org: take its training set and give"
	echo "DRIVE=DIR, the folder with images/, 1st_manual/ and mask/, or put these into $(DRIVE)."
endif
