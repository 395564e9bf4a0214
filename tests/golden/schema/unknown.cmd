schema worklaod
