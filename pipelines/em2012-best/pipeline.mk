based_on := em2012
