# あるものの履歴と、レコードに関連するもの。

history-operation = 1 つの操作
history-subscription = サブスクリプションの履歴
history-order = 注文の履歴
history-user = ユーザー アカウントの履歴
history-relationship = 管理者リレーションシップの履歴
history-operation-id = 相関 ID
history-subscription-id = サブスクリプション ID
history-order-id = 注文 ID
history-user-id = ユーザー アカウントのオブジェクト ID
history-relationship-id = リレーションシップ ID
history-also = 同じ注文
history-first = 最初のアクティビティ
history-last = 最後のアクティビティ
history-count = アクティビティ { $count } 件、古い順 ({ $zone })
history-uncounted = アクティビティ、古い順 ({ $zone })
history-log = すべてをログで表示
history-seats = 数量の推移
history-seats-now = 数量
history-seats-at = { $when }: { $number }

error-no-operation-title = この操作に関するアクティビティはアーカイブにありません。
error-no-operation-text = この相関 ID のアクティビティはありません。
error-no-operation-remedy = リンクを確認するか、ログからアクティビティを探してください。
error-no-subscription-title = このサブスクリプションに関するアクティビティはアーカイブにありません。
error-no-subscription-text = この ID のサブスクリプションを示すアクティビティはありません。
error-no-subscription-remedy = リンクを確認するか、ログからサブスクリプションを探してください。
error-no-order-title = この注文に関するアクティビティはアーカイブにありません。
error-no-order-text = この ID の注文を示すアクティビティはありません。
error-no-order-remedy = リンクを確認するか、ログから注文を探してください。
error-no-user-title = このユーザー アカウントに関するアクティビティはアーカイブにありません。
error-no-user-text = このオブジェクト ID のユーザー アカウントを示すアクティビティはありません。
error-no-user-remedy = リンクを確認するか、ログからユーザー アカウントを探してください。
error-no-relationship-title = この管理者リレーションシップに関するアクティビティはアーカイブにありません。
error-no-relationship-text = この ID の管理者リレーションシップを示すアクティビティはありません。
error-no-relationship-remedy = リンクを確認するか、ログからリレーションシップを探してください。
