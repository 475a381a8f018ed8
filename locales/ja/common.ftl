product-name = パートナー アクティビティ ログ
