schema traffic
