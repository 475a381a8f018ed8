# ファイルのインポート: 行やファイルを取り込めない理由と、そのページ。

import-reason-not-an-object = JSON オブジェクトではありません
import-reason-not-a-record = 監査レコードではありません
import-reason-not-json = レコードが JSON ではありません
import-reason-too-long = レコードとしては長すぎます
import-reason-not-utf8 = UTF-8 のテキストではありません
import-reason-columns = 列が { $expected } 個ではなく { $found } 個あります
import-reason-too-many-columns = 列が 1,000 個を超えています
import-reason-open-quote = 引用符が閉じられていません
import-reason-no-record = record 列が空です
import-reason-not-a-date = 「{ $text }」は日付ではありません
import-reason-no-such-time = 「{ $text }」はこのタイム ゾーンには存在しない時刻です (時計が進められたため)
import-reason-no-account = パートナー アカウントの記載がなく、アカウントが複数あります。どれかを指定してください
import-reason-unknown-account = パートナー アカウント「{ $text }」がわかりません。どれかを指定してください
import-reason-too-many-equal = ID のない同一のレコードが 1,000 件を超えています

import-misfit-utf16 = UTF-16 のテキストです。UTF-8 (Excel では「CSV UTF-8」) で保存してください
import-misfit-not-utf8 = UTF-8 のテキストではありません。UTF-8 (Excel では「CSV UTF-8」) で保存してください
import-misfit-broken-json = { $line } 行目で JSON が途切れているか、壊れています
import-misfit-no-records = 監査レコードを含まない JSON です
import-misfit-unknown = NDJSON、API の応答を保存したもの、partnerlog またはパートナー センターの CSV エクスポートのいずれでもありません
