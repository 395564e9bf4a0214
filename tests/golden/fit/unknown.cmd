fit com
