# レコードの秘密の値と、それを見た人。

access-log-title = アクセス ログ
access-log-lead = ほかの人には表示されない値を見た人、受信したままのレコードをダウンロードした人、受信したままのレコードの送信を設定した人の記録です。この記録は変更も削除もされません。
access-log-none = 隠された値を要求した人はまだいません
access-log-who = ユーザー
access-log-what = 内容
access-log-record = レコード
access-log-newest = 最新
access-log-reveal = 隠された値を表示
access-log-raw = 生のレコードをダウンロード
access-log-export = 受信したままのレコードをエクスポート
access-log-selection = エクスポートした内容
access-log-stream = 受信したままのレコードのストリーム
access-log-schedule = スケジュールされたエクスポート

secrets-hidden = パスワード、資格情報、キーは隠されています (••••)。
secrets-show = 隠された値を表示する
secrets-show-noted = ユーザー名と日時がアクセス ログに記録されます。
secrets-shown = 隠された値を表示しています。このことはアクセス ログに記録されました。
secrets-hide = もう一度隠す

exports-title = エクスポート
exports-lead-own = 自分がエクスポートしたファイルと、送信した全バイトの SHA-256 です。この記録は変更も削除もされません。
exports-lead-all = すべてのユーザーがエクスポートしたファイルと、送信した全バイトの SHA-256 です。この記録は変更も削除もされません。
exports-none = エクスポートはまだありません
exports-what = 内容
exports-result = 結果
exports-command = コマンド ライン
exports-only-new = 前回のファイル以降にアーカイブされたもののみ
exports-other-form = 別の種類のファイル
exports-open = 未完了、またはサーバーの停止により中断
exports-whole = 完了
exports-left = 受信側により中断
exports-failed = 失敗
exports-size = { $rows } 行、{ $bytes }
