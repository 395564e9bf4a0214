compare best ep=64,kernel=LL
