product-name = Partner activity log
